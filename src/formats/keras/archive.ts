/** @file Keras 3's .keras file: a zip of metadata.json, config.json and model.weights.h5 (keras.io/api/models/model_saving_apis). */
import { atOnce, type Steps } from '../../base/steps.ts'
import { damaged, encodeText } from '../bytes.ts'
import { type H5Group, HDF5_SIGNATURE, readHdf5 } from '../hdf5/read.ts'
import { type JsonObject, MAX_JSON_BYTES, parseJsonObject } from '../json.ts'
import { type Expected, readZipSteps, writeZipSteps, zipNames } from '../zip.ts'

const METADATA = 'metadata.json'
const CONFIG = 'config.json'
const WEIGHTS = 'model.weights.h5'

const PARTS: { readonly [name: string]: Expected } = {
  [METADATA]: { most: MAX_JSON_BYTES },
  [CONFIG]: { most: MAX_JSON_BYTES },
  [WEIGHTS]: { begins: HDF5_SIGNATURE },
}

/** Whether a zip archive is such a file. @throws SeparableError (`data`) when it is no zip archive */
export function isKerasArchive(data: Uint8Array, what: string): boolean {
  return zipNames(data, what).includes(CONFIG)
}

export interface KerasArchive {
  /** The model: its class, config and how it was compiled. */
  readonly config: JsonObject
  /** The version of Keras that wrote it, and when. */
  readonly metadata: JsonObject
  /** The root of the tree of weights. */
  readonly weights: H5Group
}

/**
 * @param what the name of the file, for messages
 * @throws SeparableError `data` when the file is damaged, `unsupported` when it uses parts of zip or HDF5 that are not known
 */
export function readKerasArchive(data: Uint8Array, what: string): KerasArchive {
  return atOnce(readKerasArchiveSteps(data, what))
}

/** The same, in steps. */
export function* readKerasArchiveSteps(data: Uint8Array, what: string): Steps<KerasArchive> {
  // What else is in there, such as assets, stays packed.
  const files = yield* readZipSteps(data, what, (name) => (Object.hasOwn(PARTS, name) ? PARTS[name] : undefined))
  const entry = (name: string): Uint8Array => {
    const content = files.get(name)
    if (content) return content
    throw damaged(what, `is no .keras file: ${name} is missing`, [...files.keys()])
  }
  return {
    config: parseJsonObject(entry(CONFIG), `${what}: ${CONFIG}`),
    metadata: files.has(METADATA) ? parseJsonObject(entry(METADATA), `${what}: ${METADATA}`) : {},
    weights: readHdf5(entry(WEIGHTS), `${what}: ${WEIGHTS}`),
  }
}

/**
 * The entries stand in Keras's order, and are stored as they are.
 * @param config the text of config.json
 */
export function writeKerasArchive(config: string, metadata: JsonObject, weights: Uint8Array): Uint8Array<ArrayBuffer> {
  return atOnce(writeKerasArchiveSteps(config, metadata, weights))
}

/** The same, in steps. */
export function* writeKerasArchiveSteps(
  config: string,
  metadata: JsonObject,
  weights: Uint8Array,
): Steps<Uint8Array<ArrayBuffer>> {
  return yield* writeZipSteps(
    new Map([
      [METADATA, encodeText(JSON.stringify(metadata))],
      [CONFIG, encodeText(config)],
      [WEIGHTS, weights],
    ]),
  )
}

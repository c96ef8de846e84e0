/** @file What is in a file of a model or of weights, whatever its format: told by its first bytes, not by its name. */
import { received, SeparableError } from '../base/errors.ts'
import type { Steps } from '../base/steps.ts'
import { isOnnxFile } from '../formats/foreign.ts'
import { H5Dataset, type H5Group, readHdf5 } from '../formats/hdf5/read.ts'
import { isObject, type JsonObject } from '../formats/json.ts'
import { isKerasArchive, readKerasArchiveSteps } from '../formats/keras/archive.ts'
import { isLegacy, type LegacyFile, readLegacy } from '../formats/keras/legacy.ts'
import { readNpzSteps } from '../formats/npy.ts'
import { isSafetensors, readSafetensorsSteps } from '../formats/safetensors.ts'
import { zipNames } from '../formats/zip.ts'
import type { Network } from '../nn/network.ts'
import type { NdArray } from '../tensor/ndarray.ts'
import { CLASS_NAMES, namesIn, namesInText } from './class-names.ts'
import { type Assignment, fromLegacy, fromNames, fromTree } from './weights.ts'

/** A file of weights. */
export interface WeightFile {
  /** The weights of a network in this file. @throws SeparableError (`data`) when they do not fit */
  weightsOf(network: Network): Steps<Assignment[]>
  /** All running values of the optimizer, in order; none in files that hold weights alone. */
  optimizerState(): NdArray[]
  /** What the outputs mean, where the file says it. */
  readonly classNames: readonly string[] | undefined
}

/** A file of a whole model. */
export interface ModelFile extends WeightFile {
  readonly config: JsonObject
  /** Of Keras: `2.15.0`. */
  readonly version: string | undefined
  /** How the model was compiled, in the words of the version of Keras that wrote it. */
  readonly compile: JsonObject | undefined
}

const ZIP = [0x50, 0x4b]
const HDF5 = [0x89, 0x48, 0x44, 0x46]
const NPY = [0x93, 0x4e, 0x55, 0x4d]
function begins(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte)
}

/** @throws SeparableError `data` when it is damaged or holds no model, `unsupported` when it cannot be read here */
export function* readModelFile(bytes: Uint8Array, what: string): Steps<ModelFile> {
  if (begins(bytes, ZIP)) {
    if (isKerasArchive(bytes, what)) return yield* modelInArchive(bytes, what)
    throw weightsAlone(what, zipNames(bytes, what))
  }
  if (isSafetensors(bytes)) throw weightsAlone(what, 'safetensors')
  if (!begins(bytes, HDF5)) throw notHere(bytes, what, 'a .keras or .h5 file')
  const root = readHdf5(bytes, what)
  const file = isLegacy(root) ? readLegacy(root, what) : undefined
  if (file?.config) return modelInLegacy(root, file, file.config, what)
  throw weightsAlone(what, [...root.children.keys()])
}

/** What is read elsewhere, or by nobody. */
function notHere(bytes: Uint8Array, what: string, wanted: string): SeparableError {
  const kind = OTHERS.find(([fits]) => fits(bytes))?.[1]
  const advice = kind ?? 'its kind is not known; bare numbers go into an NdArray and from there into setWeights'
  return new SeparableError('data', `${what} is not ${wanted}: ${advice}, ${received(beginning(bytes))}`)
}

/** Files of ours that hold something else than what was asked for. */
const OTHERS: readonly (readonly [fits: (bytes: Uint8Array) => boolean, advice: string])[] = [
  [isOnnxFile, 'it is an ONNX model, for importOnnx of separable/onnx; commands take it when its name ends in .onnx'],
  [(bytes) => begins(bytes, NPY), 'it is a single NumPy array; several by their names are an .npz file'],
  [(bytes) => /^\s*[{[]/.test(beginning(bytes)), 'it is JSON; the text of layers without weights is for modelFromJSON'],
]

function weightsAlone(what: string, value: unknown): SeparableError {
  const advice = 'make the model and use its loadWeights'
  return new SeparableError('data', `${what} holds weights and no model: ${advice}, ${received(value)}`)
}

/** The first bytes of a file, for messages: as text where they are that. */
export function beginning(bytes: Uint8Array): string {
  const first = Array.from(bytes.subarray(0, 8))
  if (first.length === 0) return 'an empty file'
  if (first.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d))
    return String.fromCharCode(...first)
  return first.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
}

function* modelInArchive(bytes: Uint8Array, what: string): Steps<ModelFile> {
  const { config, metadata, weights } = yield* readKerasArchiveSteps(bytes, what)
  const { compile_config: compile } = config
  return {
    config,
    version: typeof metadata.keras_version === 'string' ? metadata.keras_version : undefined,
    // Keras writes an empty one for a model that is not compiled.
    compile: isObject(compile) && Object.keys(compile).length > 0 ? compile : undefined,
    classNames: namesIn(metadata[CLASS_NAMES]),
    weightsOf: (network) => fromTree(network, weights, what),
    optimizerState: () => optimizerIn(weights),
  }
}

function modelInLegacy(root: H5Group, file: LegacyFile, config: JsonObject, what: string): ModelFile {
  return {
    config,
    version: file.version,
    compile: file.compile,
    classNames: namesInText(root.attribute(CLASS_NAMES)),
    weightsOf: (network) => fromLegacy(network, file.layers, what),
    optimizerState: () => legacyOptimizer(file),
  }
}

/** Where a model was trained with mixed precision, its optimizer is in another, which scales the loss. */
function optimizerIn(root: H5Group): NdArray[] {
  return numbered(root.group('optimizer/inner_optimizer/vars') ?? root.group('optimizer/vars'))
}

/** What the scaling of the loss keeps for itself in .h5 files: in Keras 3, and in Keras 2. */
const OF_LOSS_SCALE = /^(loss_scale_optimizer(_\d+)?\/[^/]+$|current_loss_scale\b|good_steps\b)/

function legacyOptimizer({ optimizer }: LegacyFile): NdArray[] {
  return optimizer.filter(({ name }) => !OF_LOSS_SCALE.test(name)).map(({ dataset }) => dataset.read())
}

/** The arrays `0`, `1`, ... of a group. */
function numbered(group: H5Group | undefined): NdArray[] {
  const arrays: NdArray[] = []
  for (let i = 0; group?.children.get(`${i}`) instanceof H5Dataset; i++)
    arrays.push((group.children.get(`${i}`) as H5Dataset).read())
  return arrays
}

/**
 * A file of weights alone, or the weights in a file of a model.
 * @throws SeparableError as `readModelFile`
 */
export function* readWeightFile(bytes: Uint8Array, what: string): Steps<WeightFile> {
  if (begins(bytes, HDF5)) {
    const root = readHdf5(bytes, what)
    const classNames = namesInText(root.attribute(CLASS_NAMES))
    if (!isLegacy(root))
      return {
        classNames,
        weightsOf: (network) => fromTree(network, root, what),
        optimizerState: () => optimizerIn(root),
      }
    const file = readLegacy(root, what)
    return {
      classNames,
      weightsOf: (network) => fromLegacy(network, file.layers, what),
      optimizerState: () => legacyOptimizer(file),
    }
  }
  if (begins(bytes, ZIP))
    return isKerasArchive(bytes, what)
      ? yield* modelInArchive(bytes, what)
      : named(yield* readNpzSteps(bytes, what), what)
  if (!isSafetensors(bytes)) throw notHere(bytes, what, 'a file of weights')
  const { arrays, metadata } = yield* readSafetensorsSteps(bytes, what)
  return named(arrays, what, namesInText(metadata.get(CLASS_NAMES)))
}

function named(arrays: ReadonlyMap<string, NdArray>, what: string, classNames?: readonly string[]): WeightFile {
  return { weightsOf: (network) => fromNames(network, arrays, what), optimizerState: () => [], classNames }
}

/** @file Where the command line's models come from, the zoo or files of any kind that are read here, and what writes them. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { received, SeparableError } from '../base/errors.ts'
import { MAX_FILE_BYTES } from '../formats/bytes.ts'
import { foreignError, foreignFolder, rejectStandIn } from '../formats/foreign.ts'
import { type ZooName, zoo } from '../models/index.ts'
import { nodePlatform } from '../node-platform.ts'
import { formatOfPath, MODEL_FORMATS, openFile, WEIGHT_FORMATS } from '../saving/open.ts'
import { type LoadOptions, loadModel } from '../train/load.ts'
import type { Model } from '../train/model.ts'

/** For help texts. */
export const MODEL_FILES = 'a .keras, .h5, .hdf5 or .onnx file, or the folder of a run'

export const NETWORK_NAMES = Object.keys(zoo) as ZooName[]

export function isNetworkName(name: string): name is ZooName {
  return (NETWORK_NAMES as readonly string[]).includes(name)
}

export function isOnnx(path: string): boolean {
  return path.toLowerCase().endsWith('.onnx')
}

/**
 * The model of a run's folder; any other path is that of a file.
 * @throws SeparableError (`data`) for a folder without one
 */
export function modelPath(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path
  const inside = join(path, 'model.keras')
  if (existsSync(inside)) return inside
  throw foreignError(foreignFolder(readdirSync(path)), path, 'a folder without model.keras')
}

/**
 * A model from a file or from the folder of a run. What belongs to ONNX is loaded when a file may need it.
 * @throws SeparableError as `loadModel` and `importOnnx`
 */
export async function readModel(source: string, options: LoadOptions = {}): Promise<Model> {
  const path = modelPath(source)
  const { importOnnx, onnxLayers } = await import('../onnx/index.ts')
  if (!isOnnx(path)) return loadModel(path, { custom: onnxLayers, ...options })
  const { bytes, external } = await readOnnxFile(path)
  const externalData = Object.fromEntries(external)
  return importOnnx(bytes, { what: path, inputShape: options.inputShape ?? null, externalData })
}

/**
 * An ONNX file, and those in the same folder that hold its weights; other folders are not looked into.
 * @throws SeparableError `io` when one cannot be read, `data` when the first is damaged
 */
export async function readOnnxFile(path: string) {
  const { externalFilesOf } = await import('../onnx/index.ts')
  const { bytes } = await openFile(path)
  const beside = externalFilesOf(bytes, path).filter((name) => !/[\\/]|^\.*$/.test(name))
  const external = new Map<string, Uint8Array>()
  let left = MAX_FILE_BYTES - bytes.length
  for (const name of beside) {
    const file = join(dirname(path), name)
    await refuseElsewhere(file, path)
    const content = await nodePlatform.readFile(file, left)
    rejectStandIn(content, file)
    external.set(name, content)
    left -= content.length
  }
  return { bytes, external }
}

/**
 * A file that names its neighbours must not make us read anything else: links that lead out of the folder are not followed. The
 * folder is that of the model's path or, where the model is a link itself, as in caches of downloads, that of the model.
 * @throws SeparableError (`io`)
 */
async function refuseElsewhere(file: string, model: string): Promise<void> {
  const place = dirname(await nodePlatform.realPath(file))
  const folders = [await nodePlatform.realPath(dirname(model)), dirname(await nodePlatform.realPath(model))]
  if (!folders.includes(place))
    throw new SeparableError(
      'io',
      `cannot read ${file}: it must lie in the folder of ${model}, ${received('a link out of it')}`,
    )
}

/**
 * What writes a model into a file of the kind that its ending says: as a whole, or its weights alone.
 * @param owner who asks, for messages
 * @throws SeparableError (`argument`) when the ending is not known
 */
export function writerFor(owner: string, path: string): (net: Model) => Promise<void> {
  if (isOnnx(path))
    return async (net) => {
      const { exportOnnx } = await import('../onnx/index.ts')
      await nodePlatform.writeFileAtomic(path, exportOnnx(net))
    }
  const format = formatOfPath(owner, path, [...MODEL_FORMATS, ...WEIGHT_FORMATS], ['.onnx'])
  return (net) => (MODEL_FORMATS.includes(format) ? net.save(path) : net.saveWeights(path))
}

/** @file Where the command line's models come from: the zoo, by name, and files of any kind that are read here. */
import { type ZooName, zoo } from '../models/index.ts'
import { nodePlatform } from '../node-platform.ts'
import { type LoadOptions, loadModel } from '../train/load.ts'
import type { Model } from '../train/model.ts'

/** For help texts. */
export const MODEL_FILES = 'a .keras, .h5, .hdf5 or .onnx file'

export const NETWORK_NAMES = Object.keys(zoo) as ZooName[]

export function isNetworkName(name: string): name is ZooName {
  return (NETWORK_NAMES as readonly string[]).includes(name)
}

export function isOnnx(path: string): boolean {
  return path.toLowerCase().endsWith('.onnx')
}

/**
 * A model from a file. What belongs to ONNX is loaded when a file may need it.
 * @throws SeparableError as `loadModel` and `importOnnx`
 */
export async function readModel(path: string, options: LoadOptions = {}): Promise<Model> {
  const { importOnnx, onnxLayers } = await import('../onnx/index.ts')
  if (!isOnnx(path)) return loadModel(path, { custom: onnxLayers, ...options })
  return importOnnx(await nodePlatform.readFile(path), { what: path, inputShape: options.inputShape ?? null })
}

/** @file From a network and how it was compiled to the bytes of a model file. */
import { received, SeparableError } from '../base/errors.ts'
import type { Steps } from '../base/steps.ts'
import type { NamedArrays } from '../formats/arrays.ts'
import { type GroupContent, writeHdf5Steps } from '../formats/hdf5/write.ts'
import { writeKerasArchiveSteps } from '../formats/keras/archive.ts'
import { writeNpzSteps } from '../formats/npy.ts'
import { writeSafetensorsSteps } from '../formats/safetensors.ts'
import type { Layer } from '../nn/layer.ts'
import type { Network } from '../nn/network.ts'
import type { Variable } from '../nn/variable.ts'
import { weightPaths } from '../nn/weight-paths.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { CLASS_NAMES, namesAsText } from './class-names.ts'
import { compileToKeras, optimizerName, type Training } from './compile-config.ts'
import { inOlderWords, trainingInOlderWords } from './legacy-config.ts'
import { hasOwnRate, slotsInOrder } from './optimizer-state.ts'
import { kerasJson } from './spelling.ts'
import { networkToKeras } from './to-config.ts'
import { legacyOrder, placesOf } from './weights.ts'

/** The version of Keras whose layout is written, for those who ask the file. */
const KERAS_VERSION = '3.15.1'
/** Files do not depend on the clock: the same model makes the same bytes. */
const DATE_SAVED = '1980-01-01@00:00:00'

/** What a file is written from. */
export interface Snapshot {
  readonly network: Network
  readonly training: Training | undefined
  readonly classNames?: readonly string[] | undefined
}

/** Kinds of files by their endings; the first is the usual one. The values are those before the first pause. */
export const WRITERS = {
  keras: writeKeras,
  h5: writeLegacy,
  'weights.h5': (snapshot: Snapshot): Steps<Uint8Array<ArrayBuffer>> =>
    writeHdf5Steps({ ...weightTree(snapshot), attributes: new Map(namesAsText(snapshot.classNames)) }),
  safetensors: ({ network, classNames }: Snapshot): Steps<Uint8Array<ArrayBuffer>> =>
    writeSafetensorsSteps(namedWeights(network), new Map([['format', 'separable'], ...namesAsText(classNames)])),
  npz: ({ network }: Snapshot): Steps<Uint8Array<ArrayBuffer>> => writeNpzSteps(namedWeights(network)),
} as const

export type FileFormat = keyof typeof WRITERS

function* writeKeras(snapshot: Snapshot): Steps<Uint8Array<ArrayBuffer>> {
  const { network, training, classNames } = snapshot
  const compile = training && compileToKeras(training)
  const config = { ...networkToKeras(network), ...(compile ? { compile_config: compile } : {}) }
  const metadata = {
    keras_version: KERAS_VERSION,
    date_saved: DATE_SAVED,
    generator: 'separable',
    ...(classNames && { [CLASS_NAMES]: [...classNames] }),
  }
  return yield* writeKerasArchiveSteps(kerasJson(config), metadata, yield* writeHdf5Steps(weightTree(snapshot)))
}

/**
 * The weights of a network by their paths: `conv2d/kernel`.
 * @throws SeparableError (`argument`) when two have the same one
 */
function namedWeights(network: Layer): NamedArrays {
  const paths = weightPaths(network, (path) => {
    throw new SeparableError('argument', `two weights of ${network.name} have the same path, ${received(path)}`)
  })
  return new Map([...paths].map(([path, weight]) => [path, valuesOf(weight)]))
}

function valuesOf(variable: Variable): NdArray {
  return new NdArray(variable.snapshot(), variable.shape)
}

// ------------------------------------------------------------------------------ Keras 3

interface Folder {
  readonly attributes: Map<string, string | readonly string[]>
  readonly children: Map<string, Folder | NdArray>
}

const folder = (): Folder => ({ attributes: new Map(), children: new Map() })

/** Keras 3's tree: the layers' weights by position, then the optimizer's values. */
function weightTree({ network, training }: Snapshot): GroupContent {
  const root = folder()
  for (const { path, layer, variables } of placesOf(network)) {
    const vars = folderAt(root, path)
    vars.attributes.set('name', layer.name)
    variables.forEach((variable, i) => {
      vars.children.set(`${i}`, valuesOf(variable))
    })
  }
  if (training?.optimizer.built) {
    const vars = folderAt(root, 'optimizer/vars')
    vars.attributes.set('name', optimizerName(training.optimizer))
    optimizerValues(network, training).forEach(({ values }, i) => {
      vars.children.set(`${i}`, values)
    })
  }
  return root
}

function folderAt(root: Folder, path: string): Folder {
  return path.split('/').reduce((at, name) => {
    const below = (at.children.get(name) as Folder | undefined) ?? folder()
    at.children.set(name, below)
    return below
  }, root)
}

interface OptimizerValue {
  /** `sequential_conv2d_kernel_momentum` */
  readonly name: string
  readonly values: NdArray
}

function optimizerValues(network: Network, { optimizer }: Training): OptimizerValue[] {
  const paths = new Map([...weightPaths(network)].map(([path, { key }]) => [key, path]))
  const number = (name: string, value: number) => ({ name, values: new NdArray(Float32Array.of(value), []) })
  return [
    { name: 'iteration', values: new NdArray(Int32Array.of(optimizer.iterations), []) },
    ...(hasOwnRate(optimizer) ? [number('learning_rate', optimizer.learningRate)] : []),
    ...slotsInOrder(optimizer).map((slot) => {
      const key = slot.path.slice(slot.path.indexOf('/') + 1, slot.path.lastIndexOf('/'))
      return { name: [network.name, paths.get(key), slot.name].join('_').replaceAll('/', '_'), values: valuesOf(slot) }
    }),
    ...(optimizer.derived === undefined ? [] : [number('variable', optimizer.derived)]),
  ]
}

// ------------------------------------------------------------------------------ Keras 2

/** The .h5 file that Keras 3 calls legacy and everyone reads. */
function writeLegacy({ network, training, classNames }: Snapshot): Steps<Uint8Array<ArrayBuffer>> {
  const model = inOlderWords(networkToKeras(network))
  const compile = training && compileToKeras(training)
  const versions: [string, string][] = [
    ['backend', 'numpy'],
    ['keras_version', KERAS_VERSION],
  ]
  const root = folder()
  for (const [name, text] of [...versions, ...namesAsText(classNames)]) root.attributes.set(name, text)
  root.attributes.set('model_config', kerasJson(model))
  if (compile) root.attributes.set('training_config', kerasJson(trainingInOlderWords(compile)))
  const weights = folderAt(root, 'model_weights')
  for (const [name, text] of versions) weights.attributes.set(name, text)
  const { layers } = network
  weights.attributes.set(
    'layer_names',
    layers.map(({ name }) => name),
  )
  const paths = new Map([...weightPaths(network)].map(([path, weight]) => [weight, path]))
  for (const layer of layers) {
    const named = (variable: Variable) => ({
      name: `${network.name}/${paths.get(variable)}`,
      values: valuesOf(variable),
    })
    addNamed(folderAt(weights, layer.name), legacyOrder(layer).map(named))
  }
  addNamed(folderAt(weights, 'top_level_model_weights'), [])
  if (training?.optimizer.built) {
    const name = optimizerName(training.optimizer)
    const values = optimizerValues(network, training).map((value) => ({ ...value, name: `${name}/${value.name}` }))
    addNamed(folderAt(root, 'optimizer_weights'), values)
  }
  return writeHdf5Steps(root)
}

function addNamed(group: Folder, values: readonly OptimizerValue[]): void {
  group.attributes.set(
    'weight_names',
    values.map(({ name }) => name),
  )
  for (const { name, values: array } of values) {
    const at = name.lastIndexOf('/')
    folderAt(group, name.slice(0, at)).children.set(name.slice(at + 1), array)
  }
}

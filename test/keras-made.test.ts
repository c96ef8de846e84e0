/**
 * @file Model files that Keras makes of networks written in Keras (oracles/keras_networks.py): they are read, predict what
 * Keras predicts and go on training as Keras does. Every Keras 3 can be asked: SEPARABLE_KERAS_PYTHON names its Python.
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Logs, loadModel, type NdArray, type Shape } from '../src/node.ts'
import { expectClose, openKeras } from './oracles/keras.ts'
import { numbers, someClasses } from './oracles/networks.ts'

const { python, keras, folder } = openKeras()

/** f32 sums in another order, and what a step of training makes of them. */
const ROUNDING = 1e-5
const TRAINED = 1e-4
const IMAGES = 6

/**
 * What keeps Keras from writing a file: generators of random numbers and, before 3.10, optimizers whose values share
 * names, both in .h5; and 3.2 notes a wrong call of a layer that is used twice, which changes what it reads itself.
 */
const FAILS = /cannot pickle|name already exists|AssertionError/

interface Made {
  readonly version: string
  /** Files that Keras could not write, and why. */
  readonly failed: { readonly [path: string]: string }
  readonly before: readonly NdArray[]
  readonly logs: readonly Logs[]
  readonly after: readonly NdArray[]
}

interface Making {
  readonly network: string
  readonly x: NdArray | NdArray[]
  /** Not trained when left out. */
  readonly y?: NdArray | NdArray[]
  readonly optimizer?: string
  /** In Keras's spelling. */
  readonly options?: object
}

const RATE = { learning_rate: 0.01 }
const MOMENTUM = { ...RATE, momentum: 0.9 }

/** Keras logs no losses of single outputs before 3.5, and then for some versions what they add to the total. */
function withoutSingleLosses(logs: Logs): Logs {
  expect(Object.keys(logs)).toContain('loss')
  return Object.fromEntries(Object.entries(logs).filter(([name]) => !name.endsWith('_loss')))
}

/** Keras saves after one step of training and takes another; so do we, from its files. */
async function readWhatKerasMakes({ network, x, y, optimizer = 'SGD', options = MOMENTUM }: Making): Promise<void> {
  const [whole, legacy, weights] = ['net.keras', 'net.h5', 'net.weights.h5'].map((name) => join(folder, name))
  const paths = [whole, legacy, weights]
  const made = await keras.call<Made>('make_files', { network, optimizer, options, x, y: y ?? null, paths })
  for (const [path, reason] of Object.entries(made.failed)) {
    expect([path, reason]).toEqual([path, expect.stringMatching(FAILS)])
    console.warn(`Keras itself fails with ${network} trained with ${optimizer}, ${path}: ${reason}`)
  }
  const isGood = (path: string) => !(path in made.failed)
  expect(isGood(whole) || made.version.startsWith('3.2.')).toBe(true)
  for (const path of paths.filter((path) => isGood(path) && (path !== weights || isGood(whole)))) {
    const net = await loadModel(path === weights ? whole : path)
    if (path === weights) await net.loadWeights(weights)
    expectClose(await net.predictAll(x), made.before, ROUNDING)
    if (y) {
      expectClose(withoutSingleLosses(await net.trainOnBatch(x, y)), withoutSingleLosses(made.logs[0]), TRAINED)
      expectClose(await net.predictAll(x), made.after, TRAINED)
    }
    await net.dispose()
  }
}

/** Networks of three classes and their inputs; all are trained but those that draw numbers of their own. */
const NETWORKS: { readonly [network: string]: Shape } = {
  stack: [12, 12, 3],
  late: [12, 12, 3],
  convolutions: [12, 12, 4],
  sequences: [16, 3],
  shapes: [8, 6, 4],
  norms: [8, 8, 3],
  merges: [8, 8, 4],
  functions: [8, 8, 3],
  activations: [6, 6, 3],
}
const UNTRAINED: { readonly [network: string]: Shape } = {
  augmented: [12, 12, 3],
  MobileNet: [32, 32, 3],
  MobileNetV2: [32, 32, 3],
  MobileNetV3Small: [32, 32, 3],
  EfficientNetB0: [32, 32, 3],
  ResNet50V2: [32, 32, 3],
  DenseNet121: [32, 32, 3],
  NASNetMobile: [32, 32, 3],
  Xception: [71, 71, 3],
  InceptionV3: [75, 75, 3],
}

/** Optimizers of Keras by their classes, twice where an argument adds state of its own. */
const OPTIMIZERS: readonly (readonly [string, object])[] = [
  ['SGD', RATE],
  ['SGD', { ...MOMENTUM, nesterov: true, weight_decay: 0.1 }],
  ['Adam', { ...RATE, amsgrad: true, global_clipnorm: 0.1 }],
  ['AdamW', { ...RATE, use_ema: true, ema_momentum: 0.9 }],
  ['Nadam', RATE],
  ['RMSprop', RATE],
  ['RMSprop', { ...RATE, momentum: 0.5, centered: true, clipvalue: 0.1 }],
  ['Adagrad', RATE],
  ['Adadelta', RATE],
  ['Adamax', RATE],
  ['Lion', { ...RATE, clipnorm: 0.5 }],
  ...['exponential', 'cosine', 'restarts', 'piecewise', 'polynomial', 'inverse'].map(
    (schedule) => ['SGD', { learning_rate: schedule, momentum: 0.5 }] as const,
  ),
]

describe.skipIf(!python)('files that Keras makes', () => {
  it.each(Object.entries(NETWORKS))('%s', async (network, shape) => {
    await readWhatKerasMakes({ network, x: numbers([IMAGES, ...shape]), y: someClasses(IMAGES, 3) })
  })

  it('wired', async () => {
    const x = [numbers([IMAGES, 8, 8, 3]), numbers([IMAGES, 4])]
    const y = [someClasses(IMAGES, 3), numbers([IMAGES, 1], 2)]
    await readWhatKerasMakes({ network: 'wired', x, y })
  })

  it('named', async () => {
    const x = [numbers([IMAGES, 6, 6, 2]), numbers([IMAGES, 6, 6, 2], 2)]
    await readWhatKerasMakes({ network: 'named', x, y: someClasses(IMAGES, 3) })
  })

  it.each(Object.entries(UNTRAINED))('%s', async (network, shape) => {
    await readWhatKerasMakes({ network, x: numbers([2, ...shape]) })
  })

  it.each(OPTIMIZERS)('trained with %s of %j', async (optimizer, options) => {
    const y = someClasses(IMAGES, 3)
    await readWhatKerasMakes({ network: 'convolutions', x: numbers([IMAGES, 12, 12, 4]), y, optimizer, options })
  })
})

/**
 * @file Model files between this library and a live Keras: what one writes, the other reads, predicts with and goes on
 * training. Weights and data are the same on both sides, so predictions and logs must be.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { mobileNet, type ZooArgs, zoo } from '../src/models/index.ts'
import {
  configure,
  type Logs,
  loadModel,
  losses,
  type Model,
  metrics,
  NdArray,
  optimizers,
  resetNames,
  setRandomSeed,
} from '../src/node.ts'
import { expectClose, Keras, kerasPython } from './oracles/keras.ts'
import { numbers, OPTIMIZERS, smallNetwork, someClasses, wiredNetwork } from './oracles/networks.ts'

const python = kerasPython()
const folder = mkdtempSync(join(tmpdir(), 'separable-'))
const keras = new Keras(python ?? '')

beforeAll(() => configure({ threads: 1 }))
beforeEach(() => {
  resetNames()
  setRandomSeed(1)
})
afterAll(() => {
  keras.end()
  rmSync(folder, { recursive: true })
})

/** What Keras made of a file. */
interface Trained {
  readonly before: readonly NdArray[]
  readonly logs: readonly Logs[]
  readonly after: readonly NdArray[]
}

const FORMATS = ['keras', 'h5', 'weights.h5'] as const
/** f32 sums in another order, and what a step of training makes of them. */
const ROUNDING = 1e-5
const TRAINED = 1e-4

interface Exchange {
  readonly net: Model
  readonly format: (typeof FORMATS)[number]
  readonly x: NdArray | NdArray[]
  readonly y: NdArray | NdArray[]
}

/**
 * The first step here, the second in Keras, the third here again, beside three steps here. Weights alone, and the optimizer's
 * values with them, go into models from a file of before the first step.
 */
async function exchange({ net, format, x, y }: Exchange): Promise<void> {
  const [begin, ours, theirs] = ['begin.keras', `ours.${format}`, `theirs.${format}`].map((name) => join(folder, name))
  const weightsOnly = format === 'weights.h5'
  await net.save(begin)
  await net.trainOnBatch(x, y)
  await (weightsOnly ? net.saveWeights(ours) : net.save(ours))
  const first = await net.predictAll(x)
  const logs = await net.trainOnBatch(x, y)
  const second = await net.predictAll(x)
  const source = weightsOnly ? { path: begin, weights: ours } : { path: ours }
  const trained = await keras.call<Trained>('train_from_file', { ...source, x, y, steps: 1, copies: [theirs] })
  expectClose(trained.before, first, ROUNDING)
  expectClose(trained.logs, [logs], ROUNDING)
  expectClose(trained.after, second, TRAINED)
  const back = await loadModel(weightsOnly ? begin : theirs)
  if (weightsOnly) await back.loadWeights(theirs)
  expectClose(await back.predictAll(x), trained.after, ROUNDING)
  expectClose(await back.trainOnBatch(x, y), await net.trainOnBatch(x, y), TRAINED)
  expectClose(await back.predictAll(x), await net.predictAll(x), TRAINED)
  await Promise.all([net.dispose(), back.dispose()])
}

const ZOO: { readonly [name: string]: (args: ZooArgs) => Model } = {
  separable: zoo.separable,
  resnet20: zoo.resnet20,
  mobilenet: (args) => mobileNet({ ...args, dropout: 0 }),
}

describe.skipIf(!python)('model files go to Keras and come back', () => {
  describe.each(FORMATS)('.%s', (format) => {
    // Keras does not find its own Lamb by the name in such a file.
    const known = Object.keys(OPTIMIZERS).filter((name) => format !== 'h5' || name !== 'lamb')

    it.each(known)('trained with %s', async (name) => {
      const net = smallNetwork()
      const loss = 'sparseCategoricalCrossentropy'
      net.compile({ optimizer: OPTIMIZERS[name](), loss, metrics: ['acc', 'sparseTopKCategoricalAccuracy'] })
      await exchange({ net, format, x: numbers([6, 8, 8, 3]), y: someClasses(6, 3) })
    })

    it('several inputs and outputs, a layer twice, a network within', async () => {
      const net = wiredNetwork()
      net.compile({
        optimizer: 'adam',
        loss: {
          label: 'sparseCategoricalCrossentropy',
          size: losses.binaryCrossentropy({ fromLogits: true, labelSmoothing: 0.25 }),
        },
        lossWeights: { label: 1, size: 0.25 },
        metrics: { label: ['acc'], size: ['mean_absolute_error', metrics.rootMeanSquaredError()] },
      })
      const x = [numbers([5, 8, 8, 3]), numbers([5, 4])]
      await exchange({ net, format, x, y: [someClasses(5, 3), new NdArray(Float32Array.of(0, 1, 1, 0, 1), [5, 1])] })
    })

    it.each(Object.keys(ZOO))('%s', async (name) => {
      const net = ZOO[name]({ inputShape: [32, 32, 3], classes: 10 })
      net.compile({
        optimizer: optimizers.sgd({ momentum: 0.9, learningRate: 1e-4 }),
        loss: 'sparseCategoricalCrossentropy',
      })
      await exchange({ net, format, x: numbers([4, 32, 32, 3]), y: someClasses(4, 10) })
    })
  })
})

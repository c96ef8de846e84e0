/**
 * @file Losses, metrics, histories and schedules beside a live Keras, which reads from a file how the model was compiled: so
 * the names and arguments that files hold are checked, too.
 */
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ActivationName } from '../src/nn/activations.ts'
import type { CompileArgs, FitArgs, Logs, Loss, Metric, Model } from '../src/node.ts'
import {
  input,
  layers,
  losses,
  metrics,
  NdArray,
  optimizers,
  schedules,
  sequential,
  setRandomSeed,
} from '../src/node.ts'
import { expectClose, openKeras } from './oracles/keras.ts'
import { numbers, someClasses } from './oracles/networks.ts'

const { python, keras, folder } = openKeras()
const path = join(folder, 'net.keras')

beforeEach(() => setRandomSeed(1))

const ROUNDING = 1e-5
const EXAMPLES = 7
const OUTPUTS = 3
const x = numbers([EXAMPLES, 4])

/** What a loss or a metric is measured between: the activation of the last layer, and targets. */
interface Setting {
  readonly activation: ActivationName
  readonly y: NdArray
}

const drawn = numbers([EXAMPLES, OUTPUTS], 5)
const mapped = (map: (value: number, i: number) => number) => new NdArray(drawn.data.map(map), drawn.shape)
const CLASSES: Setting = { activation: 'softmax', y: someClasses(EXAMPLES, OUTPUTS) }
const ONE_HOT: Setting = {
  activation: 'softmax',
  y: mapped((_, i) => Number(CLASSES.y.data[Math.floor(i / OUTPUTS)] === i % OUTPUTS)),
}
const YES_NO: Setting = { activation: 'sigmoid', y: mapped((value) => Number(value > 0)) }
const SIGNS: Setting = { activation: 'tanh', y: mapped(Math.sign) }
const VALUES: Setting = { activation: 'linear', y: drawn }
const POSITIVE: Setting = { activation: 'softplus', y: mapped(Math.abs) }
const SHARES: Setting = {
  activation: 'softmax',
  y: mapped((value, i) => {
    const row = drawn.slice(Math.floor(i / OUTPUTS), Math.floor(i / OUTPUTS) + 1).data
    return Math.exp(value) / row.reduce((sum, each) => sum + Math.exp(each), 0)
  }),
}
const linear = (setting: Setting): Setting => ({ ...setting, activation: 'linear' })

const LOSSES: readonly (readonly [Loss, Setting])[] = [
  [losses.binaryCrossentropy(), YES_NO],
  [losses.binaryCrossentropy({ fromLogits: true, labelSmoothing: 0.2 }), linear(YES_NO)],
  [losses.binaryFocalCrossentropy(), YES_NO],
  [losses.binaryFocalCrossentropy({ gamma: 1.5, alpha: 0.3, applyClassBalancing: true }), YES_NO],
  [losses.categoricalCrossentropy(), ONE_HOT],
  [losses.categoricalCrossentropy({ fromLogits: true, labelSmoothing: 0.1 }), linear(ONE_HOT)],
  [losses.categoricalFocalCrossentropy(), ONE_HOT],
  [losses.categoricalHinge(), linear(ONE_HOT)],
  [losses.cosineSimilarity(), VALUES],
  [losses.dice({ axis: 1 }), YES_NO],
  [losses.hinge(), SIGNS],
  [losses.huber(), VALUES],
  [losses.huber({ delta: 0.5 }), VALUES],
  [losses.klDivergence(), SHARES],
  [losses.logCosh(), VALUES],
  [losses.meanAbsoluteError(), VALUES],
  [losses.meanAbsolutePercentageError(), VALUES],
  [losses.meanSquaredError(), VALUES],
  [losses.meanSquaredLogarithmicError(), POSITIVE],
  [losses.poisson(), POSITIVE],
  [losses.sparseCategoricalCrossentropy(), CLASSES],
  [losses.sparseCategoricalCrossentropy({ fromLogits: true }), linear(CLASSES)],
  [losses.squaredHinge(), SIGNS],
  [losses.tversky({ alpha: 0.7, beta: 0.2, axis: [-1] }), YES_NO],
]

const METRICS: readonly (readonly [Metric, Setting])[] = [
  [metrics.auc(), YES_NO],
  [metrics.auc({ curve: 'PR', numThresholds: 20 }), YES_NO],
  [metrics.binaryAccuracy(), YES_NO],
  [metrics.binaryAccuracy({ threshold: 0.4 }), YES_NO],
  [metrics.binaryIoU(), YES_NO],
  [metrics.categoricalAccuracy(), ONE_HOT],
  [metrics.cosineSimilarity(), VALUES],
  [metrics.f1Score(), ONE_HOT],
  [metrics.fbetaScore({ beta: 2, average: 'weighted' }), ONE_HOT],
  [metrics.falseNegatives(), YES_NO],
  [metrics.falsePositives({ threshold: 0.4 }), YES_NO],
  [metrics.oneHotMeanIoU({ numClasses: OUTPUTS }), ONE_HOT],
  [metrics.oneHotMeanIoU({ numClasses: OUTPUTS, ignoreClass: 1 }), ONE_HOT],
  [metrics.precision(), YES_NO],
  [metrics.r2Score(), VALUES],
  [metrics.recall({ threshold: 0.6 }), YES_NO],
  [metrics.rootMeanSquaredError(), VALUES],
  [metrics.sparseCategoricalAccuracy(), CLASSES],
  [metrics.sparseTopKCategoricalAccuracy({ k: 2 }), CLASSES],
  [metrics.topKCategoricalAccuracy({ k: 2 }), ONE_HOT],
  [metrics.trueNegatives(), YES_NO],
  [metrics.truePositives(), YES_NO],
  [metrics.binaryCrossentropy(), YES_NO],
  [metrics.categoricalCrossentropy(), ONE_HOT],
  [metrics.categoricalHinge(), linear(ONE_HOT)],
  [metrics.hinge(), SIGNS],
  [metrics.klDivergence(), SHARES],
  [metrics.logCosh(), VALUES],
  [metrics.meanAbsoluteError(), VALUES],
  [metrics.meanAbsolutePercentageError(), VALUES],
  [metrics.meanSquaredError(), VALUES],
  [metrics.meanSquaredLogarithmicError(), POSITIVE],
  [metrics.poisson(), POSITIVE],
  [metrics.sparseCategoricalCrossentropy(), CLASSES],
  [metrics.squaredHinge(), SIGNS],
]

/** A model in a file, as it is compiled. */
async function saved({ activation }: Setting, args: CompileArgs): Promise<Model> {
  const net = sequential([
    input({ shape: [4] }),
    layers.dense({ units: 5, activation: 'tanh' }),
    layers.dense({ units: OUTPUTS, activation }),
  ])
  net.compile(args)
  await net.save(path)
  return net
}

const named = <Each extends { readonly name: string; readonly config: object }>(
  list: readonly (readonly [Each, Setting])[],
) => list.map(([each, setting]) => [`${each.name} ${JSON.stringify(each.config)}`, each, setting] as const)

describe.skipIf(!python)('training beside Keras', () => {
  it.each(named(LOSSES))('loss %s', async (_, loss, setting) => {
    const net = await saved(setting, { optimizer: optimizers.sgd({ learningRate: 0.01 }), loss })
    const options = {
      batchSize: 4,
      epochs: 2,
      sampleWeight: new NdArray(numbers([EXAMPLES], 3).data.map(Math.abs), [EXAMPLES]),
    }
    await compareFit(net, setting.y, options)
  })

  it.each(named(METRICS))('metric %s', async (_, metric, setting) => {
    const loss = setting === CLASSES ? 'sparseCategoricalCrossentropy' : 'meanSquaredError'
    const net = await saved(setting, { optimizer: 'sgd', loss, metrics: [metric] })
    const theirs = await keras.call<Logs>('evaluate_file', { path, x, y: setting.y, batch_size: 3 })
    const ours = await net.evaluate(x, setting.y, { batchSize: 3, returnDict: true, verbose: 0 })
    expectClose({ value: metricIn(ours) }, { value: metricIn(theirs) }, ROUNDING)
    await net.dispose()
  })

  it.each<readonly [string, FitArgs]>([
    ['a part for validation', { batchSize: 2, epochs: 3, validationSplit: 0.4 }],
    ['weights of classes', { batchSize: 3, epochs: 3, classWeight: { 0: 2, 2: 0.5 } }],
    ['steps of an epoch', { batchSize: 2, epochs: 2, stepsPerEpoch: 2 }],
  ])('history: %s', async (_, options) => {
    const net = await saved(CLASSES, {
      optimizer: 'adam',
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['acc'],
      weightedMetrics: ['sparse_categorical_crossentropy'],
    })
    await compareFit(net, CLASSES.y, options)
  })

  it.each(
    Object.entries({
      cosineDecay: schedules.cosineDecay({ initialLearningRate: 0.1, decaySteps: 4, alpha: 0.1 }),
      cosineDecayRestarts: schedules.cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 2, mMul: 0.5 }),
      exponentialDecay: schedules.exponentialDecay({ initialLearningRate: 1, decaySteps: 2, decayRate: 0.5 }),
      inverseTimeDecay: schedules.inverseTimeDecay({
        initialLearningRate: 1,
        decaySteps: 2,
        decayRate: 1,
        staircase: true,
      }),
      piecewiseConstantDecay: schedules.piecewiseConstantDecay({ boundaries: [1, 3], values: [1, 0.5, 0.25] }),
      polynomialDecay: schedules.polynomialDecay({ initialLearningRate: 1, decaySteps: 3, power: 2, cycle: true }),
    }),
  )('schedule %s', async (_, learningRate) => {
    await saved(VALUES, { optimizer: optimizers.sgd({ learningRate }), loss: 'meanSquaredError' })
    const steps = Array.from({ length: 9 }, (_, step) => step)
    const theirs = await keras.call<number[]>('rates_of_file', { path, steps })
    expectClose(
      steps.map((step) => learningRate.at(step)),
      theirs,
      ROUNDING,
    )
  })
})

/** The same history from the same weights, and the same weights in the end. */
async function compareFit(net: Model, y: NdArray, options: FitArgs): Promise<void> {
  const theirs = await keras.call<{ history: Logs[]; weights: NdArray[] }>('fit_file', {
    path,
    x,
    y,
    options: snake(options),
  })
  const { history } = await net.fit(x, y, { ...options, shuffle: false, verbose: 0 })
  expectClose(history as never, theirs.history as never, ROUNDING)
  expectClose(net.getWeights(), theirs.weights, ROUNDING)
  await net.dispose()
}

/** Arguments as Keras spells them. */
function snake(options: FitArgs): object {
  const spell = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [spell(name), value]))
}

/** What is logged beside the loss, under whatever name. */
function metricIn(logs: Logs): number {
  const entries = Object.entries(logs).filter(([name]) => name !== 'loss')
  expect(entries).toHaveLength(1)
  return entries[0][1]
}

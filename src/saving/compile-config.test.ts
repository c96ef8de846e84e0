/** @file How models are compiled, in Keras's words and back. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../formats/json.ts'
import { type Loss, losses, lossOf } from '../nn/losses/index.ts'
import { metrics } from '../nn/metrics/index.ts'
import { optimizers, schedules } from '../nn/optimizers/index.ts'
import { compileFrom, compileToKeras, type Training } from './compile-config.ts'
import { Notes } from './notes.ts'
import { kerasJson } from './spelling.ts'

/** What is read from what is written, and the notes. */
function back(training: Training): Training {
  const notes = new Notes('x')
  const made = compileFrom(JSON.parse(JSON.stringify(compileToKeras(training))), notes)
  expect(notes.lines).toEqual([])
  return made as Training
}

/** What a loss or metric is, by name and arguments. */
const shown = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each) => (typeof each === 'function' ? undefined : each)))

const sgd = () => optimizers.sgd()

describe('compile configs', () => {
  it.each(Object.entries(optimizers))('optimizer %s returns as it was', (_, make) => {
    const optimizer = make({ learningRate: 0.25, clipnorm: 2 })
    const read = back({ optimizer, loss: 'mse' }).optimizer
    expect([read.className, read.getConfig()]).toEqual([optimizer.className, optimizer.getConfig()])
  })

  it('learning-rate schedules return as they were', () => {
    const learningRate = schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 })
    const { optimizer } = back({ optimizer: optimizers.adam({ learningRate }), loss: 'mse' })
    optimizer.iterations = 10
    expect(optimizer.learningRate).toBeCloseTo(0.05)
  })

  it.each(Object.entries(losses))('loss %s returns as it was', (name, make) => {
    const loss = (make as () => Loss)()
    const read = back({ optimizer: sgd(), loss }).loss
    expect(typeof read).toBe(['dice', 'tversky'].includes(name) ? 'object' : 'string')
    expect(shown(typeof read === 'string' ? lossOf(read) : read)).toEqual(shown(loss))
  })

  it('losses over whole batches are not known', () => {
    const notes = new Notes('x')
    expect(compileFrom({ optimizer: { class_name: 'SGD', config: {} }, loss: 'dice', metrics: [] }, notes)).toBe(
      undefined,
    )
    expect(notes.lines.join()).toContain('the model is not compiled')
  })

  it('arguments of losses and metrics, several outputs, names as they were given', () => {
    const training: Training = {
      optimizer: sgd(),
      loss: { a: losses.sparseCategoricalCrossentropy({ fromLogits: true }), b: 'mse' },
      lossWeights: { a: 1, b: 0.5 },
      metrics: { a: ['acc', metrics.precision({ threshold: 0.75, name: 'isSure' })], b: 'mae' },
    }
    const read = back(training)
    expect(JSON.stringify(compileToKeras(training))).toContain('"name":"isSure","thresholds":0.75')
    expect(shown(read.loss)).toEqual(shown(training.loss))
    expect(shown(read.metrics)).toEqual(shown(training.metrics))
    expect(read.lossWeights).toEqual({ a: 1, b: 0.5 })
  })

  it.each([
    [
      "Keras 2's wrapped functions",
      [[{ class_name: 'MeanMetricWrapper', config: { name: 'accuracy', fn: 'categorical_accuracy' } }]],
      ['accuracy'],
    ],
    [
      "Keras 2's functions, named behind one of several outputs",
      [
        [{ class_name: 'MeanMetricWrapper', config: { name: 'label_acc', fn: 'sparse_categorical_accuracy' } }],
        [{ class_name: 'MeanMetricWrapper', config: { name: 'my_size', fn: 'mean_absolute_error' } }],
      ],
      [['acc'], ['mean_absolute_error']],
    ],
    ["Keras 2's other names", [['logcosh', 'kullback_leibler_divergence']], ['log_cosh', 'kl_divergence']],
    [
      'classes',
      [{ class_name: 'CategoricalAccuracy', config: { name: 'categorical_accuracy_2', dtype: 'float32' } }],
      [expect.objectContaining({ name: 'categoricalAccuracy', kind: 'categoricalAccuracy' })],
    ],
    [
      'names of their own',
      [{ class_name: 'Precision', config: { name: 'sure', thresholds: [0.9] } }],
      [expect.objectContaining({ name: 'sure', kind: 'precision' })],
    ],
    ['none', null, []],
  ])('reads metrics: %s', (_, written, read) => {
    const config = {
      optimizer_config: { class_name: 'Custom>Adam', config: { lr: 0.5, decay: 0 } },
      loss: 'mse',
      metrics: written,
    } as JsonObject
    const training = compileFrom(config, new Notes('x'))
    expect(training?.metrics).toEqual(read)
    expect(training?.optimizer.learningRate).toBe(0.5)
  })

  it('reads names alone, of functions and of classes, and the usual optimizer where none is named', () => {
    const notes = new Notes('x')
    const named = { optimizer: 'Adam', loss: 'BinaryCrossentropy', metrics: ['Accuracy', 'MAE', 'AUC'] }
    const training = compileFrom(named, notes)
    expect(training?.optimizer.className).toBe('Adam')
    expect([training?.loss, training?.metrics]).toEqual(['binaryCrossentropy', ['accuracy', 'mae', 'auc']])
    expect(compileFrom({ loss: 'mse', metrics: null }, notes)?.optimizer.className).toBe('RMSprop')
    expect(notes.lines).toEqual([])
  })

  it.each(['LossScaleOptimizer', 'LossScaleOptimizerV3'])(
    'the optimizer within %s, for mixed precision',
    (className) => {
      const config = { inner_optimizer: { class_name: 'Adam', config: { learning_rate: 0.5 } }, dynamic: true }
      const written = { optimizer_config: { class_name: className, config }, loss: 'mse' }
      expect(compileFrom(written, new Notes('x'))?.optimizer.learningRate).toBe(0.5)
    },
  )

  it.each([
    ['huber_loss', 'huber'],
    ['logcosh', 'log_cosh'],
    ['kullback_leibler_divergence', 'kl_divergence'],
  ])('the loss %s of Keras 2', (written, read) => {
    expect(compileFrom({ optimizer: 'sgd', loss: written }, new Notes('x'))?.loss).toBe(read)
  })

  it('the decay of Keras 2 is that of an inverse-time schedule', () => {
    const config = { name: 'RMSprop', lr: 0.1, decay: 0.5, rho: 0.9, epsilon: 1e-7 }
    const training = compileFrom({ optimizer_config: { class_name: 'RMSprop', config }, loss: 'mse' }, new Notes('x'))
    const optimizer = training?.optimizer as Training['optimizer']
    const rates = [0, 1, 2].map((step) => {
      optimizer.iterations = step
      return optimizer.learningRate
    })
    expect(rates).toEqual([0.1, 0.1 / 1.5, 0.1 / 2])
  })

  it.each([
    [
      { optimizer: { class_name: 'Nadam', config: { learning_rate: 0.1, decay: 0.004 } }, loss: 'mse' },
      'x: the model is not compiled: x: optimizer (Nadam): decay is not supported, received: 0.004',
    ],
    [
      { optimizer: 'sgd', loss: { class_name: 'MeanSquaredError', config: { reduction: 'sum' } } },
      'x: the model is not compiled: the reduction of MeanSquaredError must be a mean, received: "sum"',
    ],
    [
      { optimizer: { class_name: 'Ftrl', config: {} }, loss: 'mse' },
      'x: the model is not compiled: this optimizer is not known, received: "Ftrl"',
    ],
    [
      { optimizer: { class_name: 'Adam', config: { use_ema: 3 } }, loss: 'mse' },
      /^x: the model is not compiled: x: optimizer \(Adam\): use_ema must be true or false, received: 3$/,
    ],
    [
      { optimizer: { class_name: 'SGD', config: {} }, loss: 'my_loss' },
      /^x: the model is not compiled: compile: unknown loss.*"my_loss"$/,
    ],
  ])('leaves a model as it is when something is not known', (config, note) => {
    const notes = new Notes('x')
    expect(compileFrom(config as JsonObject, notes)).toBeUndefined()
    expect(notes.lines).toEqual([typeof note === 'string' ? note : expect.stringMatching(note)])
  })

  it('leaves out metrics that are not known, with a note', () => {
    const notes = new Notes('x')
    const config = { optimizer: { class_name: 'SGD', config: {} }, loss: 'mse', metrics: ['mae', 'my_metric'] }
    expect(compileFrom(config, notes)?.metrics).toEqual(['mae'])
    expect(notes.lines).toEqual([expect.stringContaining('a metric was left out: compile: unknown metric')])
  })

  it('writes numbers that Python must take for floats with a point', () => {
    const learningRate = schedules.piecewiseConstantDecay({ boundaries: [4], values: [1, 0.5] })
    const optimizer = optimizers.sgd({ learningRate, gradientAccumulationSteps: 2 })
    const text = kerasJson(compileToKeras({ optimizer, loss: 'mse' }) as JsonObject)
    expect(text).toContain('"boundaries":[4],"values":[1.0,0.5]')
    expect(text).toContain('"momentum":0.0')
    expect(text).toContain('"gradient_accumulation_steps":2,')
  })

  it("has no words for a user's own loss", () => {
    const own = { name: 'own', targets: 'values', config: {}, measure: losses.meanSquaredError().measure } as const
    expect(compileToKeras({ optimizer: sgd(), loss: own })).toBeUndefined()
  })
})

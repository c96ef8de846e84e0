/** @file Tests of models with several outputs, and of weights of examples and classes, against sums written out. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { losses } from '../nn/losses/index.ts'
import { metrics } from '../nn/metrics/index.ts'
import { resetNames } from '../nn/names.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from './environment.ts'
import { model } from './functional.ts'
import { classifier, ENGINES, points } from './testing.ts'

beforeEach(() => {
  setEngineFactory(async () => new ReferenceEngine())
  setRandomSeed(0)
  resetNames()
})

const quiet = { verbose: 0 } as const
const { x, y } = points(12)
const column = (values: ArrayLike<number>) => new NdArray(Float32Array.from(values), [values.length])
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0)

describe('names of metrics', () => {
  it('are their own, or counted up as in Keras', async () => {
    const net = classifier()
    net.compile({
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['acc', 'acc', metrics.sparseTopKCategoricalAccuracy({ k: 1, name: 'best' }), metrics.accuracy()],
      weightedMetrics: ['acc', metrics.accuracy({ name: 'acc' }), 'accuracy'],
    })
    const logs = await net.evaluate(x, y, { ...quiet, returnDict: true })
    const weighted = ['weighted_acc', 'weighted_acc_1', 'weighted_accuracy']
    expect(Object.keys(logs).sort()).toEqual(['acc', 'acc_1', 'accuracy', 'best', 'loss', ...weighted])
    expect(logs.best).toBe(logs.acc)
    await net.dispose()
  })
})

describe('sampleWeight and classWeight', () => {
  const weights = Float32Array.from({ length: 12 }, (_, i) => (i % 4) / 2)

  it('the loss is the weighted sum over the number of examples, weighted metrics are weighted means', async () => {
    const net = classifier()
    net.compile({ loss: 'sparseCategoricalCrossentropy', metrics: ['acc'], weightedMetrics: ['accuracy'] })
    const p = await net.predict(x)
    const losses = Array.from(y.data, (label, i) => -Math.log(p.data[2 * i + label]))
    const right = Array.from(y.data, (label, i) => (p.data[2 * i + label] > 0.5 ? 1 : 0))
    const logs = await net.evaluate(x, y, { ...quiet, batchSize: 5, returnDict: true, sampleWeight: column(weights) })
    expect(logs.loss).toBeCloseTo(sum(losses.map((loss, i) => loss * weights[i])) / 12, 6)
    expect(logs.acc).toBeCloseTo(sum(right) / 12, 6)
    expect(logs.accuracy).toBeCloseTo(sum(right.map((one, i) => one * weights[i])) / sum(weights), 6)
    const list = await net.evaluate(x, y, quiet)
    expect(list[1]).toBe(list[2])
    await net.dispose()
  })

  it('weights of one call say nothing about the next', async () => {
    const weighted = { sampleWeight: column(weights) }
    const calls = [weighted, {}, weighted, {}]
    const [mixed, alone] = [classifier(), classifier()]
    alone.setWeights(mixed.getWeights())
    for (const call of calls) {
      const logs = [await mixed.testOnBatch(x, y, call), await mixed.trainOnBatch(x, y, call)]
      const expected = [await alone.testOnBatch(x, y, call), await alone.trainOnBatch(x, y, call)]
      logs.forEach(({ loss }, i) => {
        expect(loss).toBeCloseTo(expected[i].loss, 6)
      })
      await alone.dispose() // begins anew, with nothing compiled
    }
    await mixed.dispose()
  })

  it('a whole weight does what repeating the example does', async () => {
    const twice = new NdArray(Float32Array.from([...x.data, ...x.slice(0, 4).data]), [16, 3])
    const labels = new NdArray(Int32Array.from([...y.data, ...y.slice(0, 4).data]), [16])
    const [a, b] = [classifier(), classifier()]
    b.setWeights(a.getWeights())
    a.optimizer.learningRate = 0.12
    b.optimizer.learningRate = 0.16
    const sampleWeight = column(Array.from({ length: 12 }, (_, i) => (i < 4 ? 2 : 1)))
    await a.fit(x, y, { ...quiet, batchSize: 12, sampleWeight })
    await b.fit(twice, labels, { ...quiet, batchSize: 16 })
    const [left, right] = [a, b].map((net) => net.getWeights().flatMap(({ data }) => [...data]))
    left.forEach((value, i) => {
      expect(value).toBeCloseTo(right[i], 6)
    })
    await Promise.all([a.dispose(), b.dispose()])
  })

  it('classWeight is a weight by class, not used for validation', async () => {
    const fitted = async (args: object) => {
      setRandomSeed(0)
      resetNames()
      const net = classifier()
      const { history } = await net.fit(x, y, { ...quiet, validationSplit: 0.25, ...args })
      await net.dispose()
      return history
    }
    const byClass = column(Array.from(y.data, (label) => (label === 1 ? 3 : 1)))
    const split = await fitted({ classWeight: { 1: 3 } })
    const given = await fitted({ sampleWeight: byClass })
    expect(split.loss).toEqual(given.loss)
    expect(split.val_loss).not.toEqual(given.val_loss)
  })

  it.each([
    [{ sampleWeight: column([1, 2]) }, 'fit: x and sampleWeight must have equally many examples, received: [12, 2]'],
    [{ sampleWeight: x }, 'fit: sampleWeight must be [N], received: [12, 3]'],
    [{ classWeight: { 1: 'much' } }, 'fit: classWeight must be an object of numbers by class number or null'],
    [
      { classWeight: { 1: 3 }, sampleWeight: column(weights) },
      'fit: take either classWeight or sampleWeight, received: both',
    ],
  ])('refuses %j', async (args, message) => {
    await expect(classifier().fit(x, y, { ...quiet, ...(args as object) })).rejects.toThrow(message)
  })
})

it('metrics come to the same on compiled kernels', async () => {
  const onehot = new NdArray(Float32Array.from([...y.data].flatMap((label) => [1 - label, label])), [12, 2])
  const logsOn = async ([, make]: (typeof ENGINES)[number]) => {
    setEngineFactory(make)
    setRandomSeed(0)
    resetNames()
    const net = classifier()
    const several = [metrics.auc(), metrics.precision(), metrics.f1Score(), metrics.meanIoU({ numClasses: 2 })]
    net.compile({ loss: 'binaryCrossentropy', metrics: [...several, metrics.topKCategoricalAccuracy({ k: 1 })] })
    const logs = await net.evaluate(x, onehot, { ...quiet, returnDict: true, batchSize: 5 })
    await net.dispose()
    return logs
  }
  const [expected, ...others] = [await logsOn(ENGINES[0]), await logsOn(ENGINES[1]), await logsOn(ENGINES[3])]
  expect(Object.keys(expected)).toHaveLength(6)
  for (const logs of others)
    for (const [name, value] of Object.entries(expected)) expect(logs[name], name).toBeCloseTo(value, 5)
})

describe('several inputs and outputs', () => {
  const second = new NdArray(
    Float32Array.from(x.data, (value) => value * 2),
    [12, 3],
  )
  const sums = column(Array.from({ length: 12 }, (_, i) => sum(x.slice(i, i + 1).data)))

  function twoHeads() {
    const [a, b] = ['a', 'b'].map((name) => input({ shape: [3], name }))
    const body = layers.dense({ units: 4, activation: 'tanh' })
    const label = layers.dense({ units: 2, activation: 'softmax', name: 'label' }).apply(body.apply(a))
    const value = layers.dense({ units: 1, name: 'value' }).apply(body.apply(b))
    return model({ inputs: [a, b], outputs: [label, value] })
  }

  const both = { label: 'sparse_categorical_crossentropy', value: 'mse' }

  it('add up their losses by lossWeights, and log each', async () => {
    const net = twoHeads()
    net.compile({ loss: both, lossWeights: { value: 0.25 }, metrics: { label: ['acc'], value: 'mae' } })
    const logs = await net.evaluate({ b: second, a: x }, { value: sums, label: y }, { ...quiet, returnDict: true })
    expect(Object.keys(logs)).toEqual(['label_acc', 'label_loss', 'loss', 'value_loss', 'value_mae'])
    expect(logs.loss).toBeCloseTo(logs.label_loss + 0.25 * logs.value_loss, 5)
    const list = await net.evaluate([x, second], [y, sums], quiet)
    expect(list).toEqual(['loss', 'label_loss', 'value_loss', 'label_acc', 'value_mae'].map((name) => logs[name]))
    await net.dispose()
  })

  it('learn together', async () => {
    const net = twoHeads()
    net.compile({ optimizer: 'adam', loss: ['sparseCategoricalCrossentropy', 'mse'] })
    net.optimizer.learningRate = 0.05
    const { history } = await net.fit([x, second], [y, sums], { ...quiet, epochs: 30, batchSize: 4 })
    for (const name of ['label_loss', 'value_loss']) expect(history[name].at(-1)).toBeLessThan(history[name][0] / 2)
    await net.dispose()
  })

  it('predictAll returns every output', async () => {
    const net = twoHeads()
    const outputs = await net.predictAll([x, second], { batchSize: 5 })
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [12, 2],
      [12, 1],
    ])
    await expect(net.predict([x, second])).rejects.toThrow('predict knows one output, take predictAll, received: 2')
    await net.dispose()
  })

  it('weigh examples by output', async () => {
    const net = twoHeads()
    net.compile({ loss: both })
    const none = column(new Float32Array(12))
    const logs = await net.evaluate([x, second], [y, sums], {
      ...quiet,
      returnDict: true,
      sampleWeight: { value: none },
    })
    expect(logs.value_loss).toBe(0)
    expect(logs.loss).toBe(logs.label_loss)
    await net.dispose()
  })

  it('refuse what does not fit the outputs', async () => {
    const net = twoHeads()
    const evaluate = (y_: unknown = [y, sums]) => net.evaluate([x, second], y_ as never, quiet)
    net.compile({ loss: { labels: 'mse' } })
    await expect(evaluate()).rejects.toThrow('compile: loss: no output has this name, did you mean "label"?')
    net.compile({ loss: ['mse'] })
    await expect(evaluate()).rejects.toThrow('compile: loss as a list must have one entry for each of the outputs')
    net.compile({ loss: both, metrics: ['acc'] })
    await expect(evaluate()).rejects.toThrow('compile: metrics as a list must have one entry for each')
    net.compile({ loss: both })
    await expect(evaluate([y])).rejects.toThrow('evaluate: y as a list must have one entry for each of the outputs')
    await expect(evaluate({ label: y })).rejects.toThrow(
      'evaluate: y of value must be an NdArray or lists of numbers, received: undefined',
    )
    await expect(net.evaluate({ a: x } as never, [y, sums], quiet)).rejects.toThrow(
      'evaluate: x must hold an array for each of the inputs a, b, received: ["a"]',
    )
  })
})

describe('ignoreClass', () => {
  const labels = new NdArray(
    y.data.map((label, i) => (i % 3 === 0 ? 255 : label)),
    [12],
  )

  it('rows with this label do not count: in fit they might as well not be there', async () => {
    const kept = [...labels.data.keys()].filter((i) => labels.data[i] !== 255)
    const only = (array: NdArray) => kept.flatMap((i) => [...array.slice(i, i + 1).data])
    const [whole, part] = [classifier(), classifier()]
    part.setWeights(whole.getWeights())
    for (const net of [whole, part])
      net.compile({ optimizer: 'sgd', loss: losses.sparseCategoricalCrossentropy({ ignoreClass: 255 }) })
    const logs = await whole.trainOnBatch(x, labels)
    const expected = await part.trainOnBatch(
      new NdArray(Float32Array.from(only(x)), [kept.length, 3]),
      new NdArray(Int32Array.from(only(labels)), [kept.length]),
    )
    expect(logs.loss).toBeCloseTo(expected.loss, 6)
    const weights = part.getWeights()
    whole.getWeights().forEach(({ data }, i) => {
      data.forEach((value, k) => {
        expect(value).toBeCloseTo(weights[i].data[k], 6)
      })
    })
    for (const net of [whole, part]) await net.dispose()
  })

  it('no other label may be out of range, and all cross-entropies have to ignore it', async () => {
    const net = classifier()
    const loss = losses.sparseCategoricalCrossentropy({ ignoreClass: 254 })
    net.compile({ loss })
    await expect(net.evaluate(x, labels, quiet)).rejects.toThrow('label 0 of y must be a class number from 0 to 1')
    net.compile({
      loss: losses.sparseCategoricalCrossentropy({ ignoreClass: 255 }),
      metrics: ['sparseCategoricalCrossentropy'],
    })
    await expect(net.evaluate(x, labels, quiet)).rejects.toThrow('label 0 of y must be a class number from 0 to 1')
    await net.dispose()
  })
})

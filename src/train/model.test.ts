/** @file Tests of training as a whole, on tiny models with everything that can compute. */
import { setFlagsFromString } from 'node:v8'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { resetNames } from '../nn/names.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from './environment.ts'
import type { TrainEvent } from './events.ts'
import type { Model } from './model.ts'
import { sequential } from './sequential.ts'
import { classifier, ENGINES, fitted, points } from './testing.ts'

setFlagsFromString('--experimental-wasm-relaxed-simd')

describe.each(ENGINES)('on %s', (_, make) => {
  beforeEach(() => {
    setEngineFactory(make)
    setRandomSeed(0)
    resetNames()
  })

  describe('fit', () => {
    it('learns', async () => {
      const { history } = await fitted({ epochs: 15 }, 60)
      expect(history.history.acc.at(-1)).toBeGreaterThan(0.9)
      expect(history.history.loss.at(-1)).toBeLessThan(0.5 * history.history.loss[0])
    })

    it('logs what Keras logs, in its order', async () => {
      const { history } = await fitted({ epochs: 2, validationSplit: 0.25 })
      expect(Object.keys(history.history)).toEqual(['acc', 'loss', 'val_acc', 'val_loss'])
      expect(history.epoch).toEqual([0, 1])
      expect(history.params).toEqual({ verbose: 0, epochs: 2, steps: 2 })
      for (const values of Object.values(history.history)) expect(values).toHaveLength(2)
    })

    it('repeats itself with the same seed, and only then', async () => {
      const { weights } = await fitted({ epochs: 2 })
      setRandomSeed(0)
      expect((await fitted({ epochs: 2 })).weights).toEqual(weights)
      setRandomSeed(0)
      expect((await fitted({ epochs: 2, seed: 9 })).weights).not.toEqual(weights)
      setRandomSeed(1)
      expect((await fitted({ epochs: 2 })).weights).not.toEqual(weights)
    })

    it('weighs the last, shorter batch by its images', async () => {
      const { x, y } = points(20)
      const net = classifier()
      net.optimizer.learningRate = 0
      const { history } = await net.fit(x, y, { batchSize: 8, verbose: 0 })
      const [loss, acc] = await net.evaluate(x, y, { batchSize: 20, verbose: 0 })
      expect(history.loss[0]).toBeCloseTo(loss, 6)
      expect(history.acc[0]).toBeCloseTo(acc, 6)
      await net.dispose()
    })

    it('takes a short batch as if it had been compiled for its size', async () => {
      const { x, y } = points(20)
      const inBatches = async (net: Model) => {
        await net.fit(x, y, { batchSize: 8, shuffle: false, verbose: 0 })
        return net
      }
      const [a, b] = [classifier(), classifier()]
      b.setWeights(a.getWeights())
      await inBatches(a)
      for (const [begin, end] of [
        [0, 8],
        [8, 16],
        [16, 20],
      ])
        await b.trainOnBatch(x.slice(begin, end), y.slice(begin, end))
      expect(b.getWeights()).toEqual(a.getWeights())
      await Promise.all([a.dispose(), b.dispose()])
    })

    it('takes a batch larger than the data as one short batch', async () => {
      const { history } = await fitted({ batchSize: 1000 })
      expect(history.params.steps).toBe(1)
    })

    it('continues from an epoch', async () => {
      const begun: number[] = []
      const { history } = await fitted({
        epochs: 5,
        initialEpoch: 3,
        callbacks: [{ onEpochBegin: (epoch) => void begun.push(epoch) }],
      })
      expect(begun).toEqual([3, 4])
      expect(history.epoch).toEqual([3, 4])
    })

    it('keeps the last examples for validation, before it shuffles', async () => {
      const { x, y } = points(20)
      const [a, b] = [classifier(), classifier()]
      b.setWeights(a.getWeights())
      const split = await a.fit(x, y, { validationSplit: 0.3, verbose: 0 })
      const given = await b.fit(x.slice(0, 14), y.slice(0, 14), {
        validationData: [x.slice(14), y.slice(14)],
        verbose: 0,
      })
      expect(split.history).toEqual(given.history)
      await Promise.all([a.dispose(), b.dispose()])
    })

    it('takes bytes as they are, and labels as a column of bytes', async () => {
      const bytes = new NdArray(
        Uint8Array.from({ length: 36 }, (_, i) => (i * 37) % 256),
        [12, 3],
      )
      const numbers = new NdArray(Float32Array.from(bytes.data), [12, 3])
      const labels = new NdArray(
        Uint8Array.from({ length: 12 }, (_, i) => i % 2),
        [12, 1],
      )
      const [a, b] = [classifier(), classifier()]
      b.setWeights(a.getWeights())
      const options = { batchSize: 5, verbose: 0 } as const
      expect((await a.fit(bytes, labels, options)).history).toEqual((await b.fit(numbers, labels, options)).history)
      await Promise.all([a.dispose(), b.dispose()])
    })

    it('never blocks the event loop for long', async () => {
      let ticks = 0
      const timer = setInterval(() => ticks++, 1)
      await fitted({ epochs: 40 }, 100)
      clearInterval(timer)
      expect(ticks).toBeGreaterThan(2)
    })
  })

  describe('events and callbacks', () => {
    it('come in one stream', async () => {
      const events: TrainEvent[] = []
      const onEvent = (event: TrainEvent) => void events.push(event)
      await fitted({ epochs: 2, callbacks: [{ onEvent }] })
      expect(events.map(({ type }) => type)).toEqual([
        'trainBegin',
        ...['epochBegin', 'stepEnd', 'stepEnd', 'stepEnd', 'epochEnd'],
        ...['epochBegin', 'stepEnd', 'stepEnd', 'stepEnd', 'epochEnd'],
        'trainEnd',
      ])
      expect(events[4]).toMatchObject({ type: 'stepEnd', epoch: 0, step: 3, count: 4 })
      expect(events.at(-1)).toMatchObject({ type: 'trainEnd', reason: 'done' })
    })

    it('are called in order and waited for', async () => {
      const calls: string[] = []
      const later = async (call: string) => {
        await Promise.resolve()
        calls.push(call)
      }
      await fitted({
        callbacks: [
          {
            onTrainBegin: () => later('train begins'),
            onEpochBegin: (epoch) => later(`epoch ${epoch} begins`),
            onBatchEnd: (batch, { loss }) => later(`batch ${batch} ${Number.isFinite(loss)}`),
            onEpochEnd: (epoch, logs) => later(`epoch ${epoch} ${Object.keys(logs)}`),
            onTrainEnd: () => later('train ends'),
          },
        ],
      })
      expect(calls).toEqual([
        'train begins',
        'epoch 0 begins',
        'batch 0 true',
        'batch 1 true',
        'batch 2 true',
        'epoch 0 acc,loss',
        'train ends',
      ])
    })

    it('may stop training after a batch, and change the learning rate', async () => {
      const { net, history } = await fitted({
        epochs: 3,
        callbacks: [
          {
            onBatchEnd(batch, _, model) {
              model.optimizer.learningRate = 0.5
              if (batch === 1) model.stopTraining = true
            },
          },
        ],
      })
      expect(net.optimizer.iterations).toBe(2)
      expect(net.optimizer.learningRate).toBe(0.5)
      expect(history.epoch).toEqual([0])
    })

    it('an aborted run ends after the present step and reports the epochs that were completed', async () => {
      const controller = new AbortController()
      const reasons: unknown[] = []
      const { history } = await fitted({
        epochs: 5,
        signal: controller.signal,
        callbacks: [
          {
            onBatchEnd: (_, logs, model) => {
              if (model.optimizer.iterations === 4) controller.abort()
              return Promise.resolve(logs) as Promise<unknown> as Promise<void>
            },
            onEvent: (event) => void (event.type === 'trainEnd' && reasons.push(event.reason)),
          },
        ],
      })
      expect(history.epoch).toEqual([0])
      expect(reasons).toEqual(['aborted'])
    })

    it('an error in a callback ends fit, with nothing left running', async () => {
      const { x, y } = points(20)
      const net = classifier()
      const failing = { onEpochEnd: () => Promise.reject(new Error('disk full')) }
      await expect(net.fit(x, y, { verbose: 0, callbacks: [failing] })).rejects.toThrow('disk full')
      await net.dispose()
    })
  })

  describe('evaluate and predict', () => {
    it('evaluate gives the loss first, or names', async () => {
      const { x, y } = points(20)
      const net = classifier()
      const list = await net.evaluate(x, y, { verbose: 0 })
      const named = await net.evaluate(x, y, { verbose: 0, returnDict: true, batchSize: 3 })
      expect(Object.keys(named)).toEqual(['acc', 'loss'])
      expect(list[0]).toBeCloseTo(named.loss, 6)
      expect(list[1]).toBeCloseTo(named.acc, 6)
      await net.dispose()
    })

    it('evaluate agrees with predict', async () => {
      const { x, y } = points(10)
      const net = classifier()
      const p = await net.predict(x)
      const losses = [...y.data].map((label, i) => -Math.log(p.data[i * 2 + label]))
      const [loss] = await net.evaluate(x, y, { verbose: 0 })
      expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / 10, 5)
      await net.dispose()
    })

    it('a stack without input learns its shape from the data', async () => {
      const net = sequential([layers.dense({ units: 2 })])
      expect((await net.predict(points(5).x)).shape).toEqual([5, 2])
      await net.dispose()
    })

    it('weights outlive the engine', async () => {
      const { x, y } = points(10)
      const net = classifier()
      await net.fit(x, y, { verbose: 0 })
      const before = net.getWeights()
      await net.dispose()
      expect(net.getWeights()).toEqual(before)
      await net.predict(x)
      expect(net.getWeights()).toEqual(before)
      await net.dispose()
    })

    it('models that share layers see each other train', async () => {
      const { x, y } = points(10)
      const body = layers.dense({ units: 2, activation: 'softmax' })
      const [a, b] = [1, 2].map(() => sequential([input({ shape: [3] }), body]))
      a.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
      const before = await b.predict(x)
      await a.fit(x, y, { verbose: 0 })
      const after = await b.predict(x)
      expect(after).not.toEqual(before)
      expect(await a.predict(x)).toEqual(after)
      await Promise.all([a.dispose(), b.dispose()])
    })
  })

  describe('compile', () => {
    it('a frozen layer keeps its weights', async () => {
      const { x, y } = points(10)
      const net = classifier()
      net.layers[0].trainable = false
      net.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
      const [kernel, , head] = net.getWeights()
      await net.fit(x, y, { verbose: 0 })
      expect(net.getWeights()[0]).toEqual(kernel)
      expect(net.getWeights()[2]).not.toEqual(head)
      await net.dispose()
    })

    it('the summary counts the optimizer once it is in use', async () => {
      const { x, y } = points(10)
      const net = classifier()
      net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
      expect(net.summary({ print: false })).not.toContain('Optimizer params')
      await net.fit(x, y, { verbose: 0 })
      expect(net.summary({ print: false })).toContain('Total params: 80 (320.00 B)')
      expect(net.summary({ print: false })).toContain('Optimizer params: 54 (216.00 B)')
      await net.dispose()
    })

    it('takes one-hot rows for accuracy', async () => {
      const { x } = points(2)
      const net = classifier()
      net.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['accuracy', 'mae'] })
      const y = new NdArray(Float32Array.of(1, 0, 0, 1), [2, 2])
      const logs = await net.evaluate(x, y, { verbose: 0, returnDict: true })
      expect(Object.keys(logs)).toEqual(['accuracy', 'loss', 'mae'])
      await net.dispose()
    })

    it('refuses what it does not know', () => {
      const net = classifier()
      const loss = 'sparseCategoricalCrossentropy'
      expect(() => net.compile({ optimizer: 'ftrl', loss })).toThrow('compile: unknown optimizer')
      expect(() => net.compile({ loss: 'crossentropy' })).toThrow('compile: unknown loss')
      expect(() => net.compile({ loss, metrics: ['loss'] })).toThrow(
        'compile: a metric\'s name is taken, received: "loss"',
      )
      // @ts-expect-error no such argument
      expect(() => net.compile({ loss, optimiser: 'adam' })).toThrow(
        'compile: unknown argument, did you mean "optimizer"?',
      )
    })
  })

  it('plan prints what a step runs', async () => {
    const net = classifier()
    expect(await net.plan('train', 8)).toContain('softmaxCrossEntropyGrad')
    expect(await net.plan('predict', 1)).toContain('softmax')
    await net.dispose()
  })

  describe('progress', () => {
    it('is a header and a line for each epoch where lines cannot be redrawn', async () => {
      const log = vi.spyOn(console, 'log').mockImplementation(() => {})
      await fitted({ epochs: 2, verbose: 'auto' })
      const lines = log.mock.calls.map(([line]) => String(line))
      log.mockRestore()
      expect(lines).toHaveLength(4)
      expect(lines[0]).toBe('Epoch 1/2')
      expect(lines[1]).toMatch(/^3\/3 - \d+s - \d+(us|ms|s)\/step - acc: 0\.\d{4} - loss: \d\.\d{4}$/)
    })
  })
})

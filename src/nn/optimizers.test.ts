/** @file Tests of optimizers against Keras's formulas, written out here in plain numbers. */
import { describe, expect, it } from 'vitest'
import { evaluate } from '../ops/evaluate.ts'
import type { RefArray } from '../ops/kernel.ts'
import { type Optimizer, optimizerOf, optimizers } from './optimizers.ts'
import { Trace } from './trace.ts'
import { Variable } from './variable.ts'

const WEIGHTS = [1, -2, 0.5]
const GRADIENTS = [
  [0.1, -4, 0],
  [-0.3, 2, 1e-3],
  [0.2, 1, -1e-3],
]

/** The weights after a few steps with given gradients, computed by the graph in f64. */
function descend(optimizer: Optimizer, gradients = GRADIENTS): number[] {
  const weight = new Variable({ path: 'w', shape: [3], initial: () => Float32Array.from(WEIGHTS) })
  const trace = new Trace({ training: true })
  const gradient = trace.read(new Variable({ path: 'g', shape: [3], initial: () => new Float32Array(3) }))
  optimizer.addUpdates(trace, [weight], [gradient])
  const state = new Map<string, Float64Array>([['w', Float64Array.from(WEIGHTS)]])
  for (const g of gradients) {
    const leaves: Record<string, ArrayLike<number>> = { g, stepSize: [optimizer.nextStepSize()] }
    const values = evaluate(
      trace.graph.live(),
      ({ attrs, shape }) => {
        const name = String(attrs.name)
        return { data: Float64Array.from(leaves[name] ?? state.get(name) ?? new Float64Array(3)), shape }
      },
      1,
    )
    for (const { param, value } of trace.graph.updates)
      state.set(String(param.attrs.name), (values.get(value) as RefArray).data)
    optimizer.iterations += 1
  }
  return [...(state.get('w') as Float64Array)]
}

/** The same with a formula for one weight: it gets the gradient, its own memory and the number of the step. */
function byHand(step: (g: number, memory: number[], t: number) => number): number[] {
  return WEIGHTS.map((start, i) => {
    const memory = [0, 0]
    return GRADIENTS.reduce((w, g, k) => w - step(g[i], memory, k + 1), start)
  })
}

function expectClose(actual: number[], expected: number[]): void {
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 12)
  })
}

describe('sgd', () => {
  it('follows the gradient', () => {
    expectClose(
      descend(optimizers.sgd()),
      byHand((g) => 0.01 * g),
    )
  })

  it('with momentum', () => {
    const expected = byHand((g, m) => {
      m[0] = 0.9 * m[0] + 0.1 * g
      return m[0]
    })
    expectClose(descend(optimizers.sgd({ learningRate: 0.1, momentum: 0.9 })), expected)
  })

  it("with Nesterov's momentum", () => {
    const expected = byHand((g, m) => {
      m[0] = 0.9 * m[0] + 0.1 * g
      return 0.9 * m[0] + 0.1 * g
    })
    expectClose(descend(optimizers.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })), expected)
  })
})

it('adam has its epsilon outside of the bias correction', () => {
  const expected = byHand((g, m, t) => {
    m[0] += (g - m[0]) * (1 - 0.9)
    m[1] += (g * g - m[1]) * (1 - 0.999)
    const alpha = (0.001 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t)
    return (m[0] * alpha) / (Math.sqrt(m[1]) + 1e-7)
  })
  expectClose(descend(optimizers.adam()), expected)
  expect(descend(optimizers.adam(), [[1, -1, 1e-9]])[0]).toBeCloseTo(1 - 0.001, 6)
})

describe('rmsprop', () => {
  it('divides by the root of the mean square', () => {
    const expected = byHand((g, m) => {
      m[0] = 0.9 * m[0] + 0.1 * g * g
      return (0.001 * g) / Math.sqrt(m[0] + 1e-7)
    })
    expectClose(descend(optimizers.rmsprop()), expected)
  })

  it('centred and with momentum', () => {
    const means = new Map<number[], number>()
    const expected = byHand((g, m) => {
      m[0] = 0.9 * m[0] + 0.1 * g * g
      const mean = 0.9 * (means.get(m) ?? 0) + 0.1 * g
      means.set(m, mean)
      m[1] = 0.5 * m[1] + (0.001 * g) / Math.sqrt(m[0] - mean * mean + 1e-7)
      return m[1]
    })
    expectClose(descend(optimizers.rmsprop({ centered: true, momentum: 0.5 })), expected)
  })
})

describe('all', () => {
  it('take a new learning rate without new updates', () => {
    const optimizer = optimizers.sgd()
    optimizer.learningRate = 0.5
    expect(descend(optimizer, [[1, 1, 1]])).toEqual([0.5, -2.5, 0])
    expect(optimizer.getConfig()).toEqual({ learningRate: 0.5, momentum: 0, nesterov: false })
  })

  it('count their state as Keras: two numbers and the slots', () => {
    const weight = new Variable({ path: 'w', shape: [10], initial: () => new Float32Array(10) })
    const count = (optimizer: Optimizer) => {
      optimizer.build([weight])
      return optimizer.countParams()
    }
    expect([optimizers.sgd(), optimizers.sgd({ momentum: 0.9 }), optimizers.adam()].map(count)).toEqual([2, 12, 22])
  })

  it('are found by name', () => {
    expect(optimizerOf('Adam').className).toBe('Adam')
    expect(optimizerOf('rmsprop').className).toBe('RMSprop')
    expect(() => optimizerOf('adamm')).toThrow('compile: unknown optimizer, did you mean "adam"?')
    expect(() => optimizers.adam({ beta1: 1 })).toThrow('Adam: beta1 must be a number >= 0 and < 1, received: 1')
  })
})

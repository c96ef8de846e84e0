/** @file Tests of optimizers against Keras's formulas, written out here in plain numbers. */
import { describe, expect, it } from 'vitest'
import { fuse } from '../../passes/fuse.ts'
import { Variable } from '../variable.ts'
import { type Optimizer, optimizerOf, optimizers, schedules } from './index.ts'
import { descend, traceStep } from './testing.ts'

const WEIGHTS = [1, -2, 0.5]
const GRADIENTS = [
  [0.1, -4, 0],
  [-0.3, 2, 1e-3],
  [0.2, 1, -1e-3],
  [-0.5, 0.25, 2e-3],
]

const run = (optimizer: Optimizer, gradients = GRADIENTS) =>
  descend(
    optimizer,
    { w: WEIGHTS },
    gradients.map((w) => ({ w })),
  ).get('w') as number[]

/** The weights by a formula for one of them: from weight, gradient, its own memory and the number of the step to the weight. */
function byHand(step: (w: number, g: number, memory: number[], t: number) => number, gradients = GRADIENTS): number[] {
  return WEIGHTS.map((start, i) => {
    const memory = [0, 0, 0]
    return gradients.reduce((w, g, k) => step(w, g[i], memory, k + 1), start)
  })
}

function expectClose(actual: readonly number[] | undefined, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length)
  actual?.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 12)
  })
}

type Formula = Parameters<typeof byHand>[0]

const adam: Formula = (w, g, m, t) => {
  m[0] += (g - m[0]) * (1 - 0.9)
  m[1] += (g * g - m[1]) * (1 - 0.999)
  const alpha = (0.001 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t)
  return w - (m[0] * alpha) / (Math.sqrt(m[1]) + 1e-7)
}

const nadam: Formula = (w, g, m, t) => {
  const u = (k: number) => 0.9 * (1 - 0.5 * 0.96 ** k)
  m[2] = (t === 1 ? 1 : m[2]) * u(t)
  m[0] += (g - m[0]) * (1 - 0.9)
  m[1] += (g * g - m[1]) * (1 - 0.999)
  const mean = (u(t + 1) * m[0]) / (1 - m[2] * u(t + 1)) + ((1 - u(t)) * g) / (1 - m[2])
  return w - (mean * 0.001) / (Math.sqrt(m[1] / (1 - 0.999 ** t)) + 1e-7)
}

const formulas: [string, Optimizer, Formula][] = [
  ['sgd', optimizers.sgd(), (w, g) => w - 0.01 * g],
  [
    'sgd with momentum',
    optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }),
    (w, g, m) => {
      m[0] = 0.9 * m[0] - 0.1 * g
      return w + m[0]
    },
  ],
  [
    "sgd with Nesterov's momentum",
    optimizers.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
    (w, g, m) => {
      m[0] = 0.9 * m[0] - 0.1 * g
      return w + 0.9 * m[0] - 0.1 * g
    },
  ],
  ['adam, its epsilon outside of the bias correction', optimizers.adam(), adam],
  ['adamw', optimizers.adamw(), (w, ...rest) => adam(w - w * 0.004 * 0.001, ...rest)],
  [
    'adam with amsgrad',
    optimizers.adam({ amsgrad: true, beta2: 0.5 }),
    (w, g, m, t) => {
      m[0] += (g - m[0]) * (1 - 0.9)
      m[1] += (g * g - m[1]) * (1 - 0.5)
      m[2] = Math.max(m[2], m[1])
      const alpha = (0.001 * Math.sqrt(1 - 0.5 ** t)) / (1 - 0.9 ** t)
      return w - (m[0] * alpha) / (Math.sqrt(m[2]) + 1e-7)
    },
  ],
  ['nadam', optimizers.nadam(), nadam],
  [
    'rmsprop',
    optimizers.rmsprop(),
    (w, g, m) => {
      m[0] = 0.9 * m[0] + 0.1 * g * g
      return w - (0.001 * g) / Math.sqrt(m[0] + 1e-7)
    },
  ],
  [
    'rmsprop, centred and with momentum',
    optimizers.rmsprop({ centered: true, momentum: 0.5 }),
    (w, g, m) => {
      m[0] = 0.9 * m[0] + 0.1 * g * g
      m[1] = 0.9 * m[1] + 0.1 * g
      m[2] = 0.5 * m[2] + (0.001 * g) / Math.sqrt(m[0] - m[1] * m[1] + 1e-7)
      return w - m[2]
    },
  ],
  [
    'adagrad',
    optimizers.adagrad({ initialAccumulatorValue: 0.25 }),
    (w, g, m, t) => {
      m[0] = (t === 1 ? 0.25 : m[0]) + g * g
      return w - (0.001 * g) / Math.sqrt(m[0] + 1e-7)
    },
  ],
  [
    'adadelta',
    optimizers.adadelta({ learningRate: 0.5 }),
    (w, g, m) => {
      m[0] = 0.95 * m[0] + 0.05 * g * g
      const step = (g * Math.sqrt(m[1] + 1e-7)) / Math.sqrt(m[0] + 1e-7)
      m[1] = 0.95 * m[1] + 0.05 * step * step
      return w - 0.5 * step
    },
  ],
  [
    'adamax',
    optimizers.adamax(),
    (w, g, m, t) => {
      m[0] += (g - m[0]) * (1 - 0.9)
      m[1] = Math.max(0.999 * m[1], Math.abs(g))
      return w - (0.001 * m[0]) / ((1 - 0.9 ** t) * (m[1] + 1e-7))
    },
  ],
  [
    'lion',
    optimizers.lion(),
    (w, g, m) => {
      const direction = Math.sign(0.9 * m[0] + 0.1 * g)
      m[0] = 0.99 * m[0] + 0.01 * g
      return w - 0.001 * direction
    },
  ],
]

it.each(formulas)('%s follows its formula', (_, optimizer, formula) => {
  expectClose(run(optimizer), byHand(formula))
})

it('lamb makes steps as long as the weights', () => {
  const length = (x: readonly number[]) => Math.hypot(...x)
  let w = WEIGHTS
  const [m, v] = [
    [0, 0, 0],
    [0, 0, 0],
  ]
  GRADIENTS.forEach((g, k) => {
    const direction = g.map((gradient, i) => {
      m[i] += (gradient - m[i]) * (1 - 0.9)
      v[i] += (gradient ** 2 - v[i]) * (1 - 0.999)
      return m[i] / (1 - 0.9 ** (k + 1)) / (Math.sqrt(v[i] / (1 - 0.999 ** (k + 1))) + 1e-7)
    })
    const ratio = length(w) / length(direction)
    w = w.map((value, i) => value - 0.25 * ratio * direction[i])
  })
  expectClose(run(optimizers.lamb({ learningRate: 0.25 })), w)
  expectClose(run(optimizers.lamb(), [[0, 0, 0]]), WEIGHTS)
  expect(descend(optimizers.lamb(), { w: [0, 0] }, [{ w: [1, -1] }]).get('w')).toEqual([
    expect.closeTo(-0.001, 8),
    expect.closeTo(0.001, 8),
  ])
})

describe('what all optimizers share', () => {
  const sgd: Formula = (w, g) => w - 0.5 * g
  const learningRate = 0.5

  it('weights decay before the step, unless they are excluded', () => {
    const decaying = optimizers.sgd({ learningRate, weightDecay: 0.1 })
    expectClose(
      run(decaying),
      byHand((w, ...rest) => sgd(w - w * 0.1 * 0.5, ...rest)),
    )
    const excluding = optimizers.sgd({ learningRate, weightDecay: 0.1 })
    excluding.excludeFromWeightDecay('bias', 'w')
    expectClose(run(excluding), byHand(sgd))
  })

  it('clipvalue cuts elements', () => {
    const clipped = GRADIENTS.map((row) => row.map((g) => Math.min(Math.max(g, -0.25), 0.25)))
    expectClose(run(optimizers.sgd({ learningRate, clipvalue: 0.25 })), byHand(sgd, clipped))
  })

  it('clipnorm shortens the gradient of each weight, globalClipnorm all together', () => {
    const start = { a: WEIGHTS, b: [3] }
    const gradients = GRADIENTS.map((a, k) => ({ a, b: [[2], [0.1], [0], [-3]][k] }))
    const shortened = (g: readonly number[], length: number) => g.map((x) => x * Math.min(1, 1 / length))
    const each = descend(optimizers.sgd({ learningRate, clipnorm: 1 }), start, gradients)
    expectClose(
      each.get('a'),
      byHand(
        sgd,
        GRADIENTS.map((g) => shortened(g, Math.hypot(...g))),
      ),
    )
    const all = descend(optimizers.sgd({ learningRate, globalClipnorm: 1 }), start, gradients)
    const together = gradients.map(({ a, b }) => shortened(a, Math.hypot(...a, ...b)))
    expectClose(all.get('a'), byHand(sgd, together))
  })

  it('gradients of several batches make one update with their mean, counted as one step', () => {
    const pairs = [0, 2].map((k) => WEIGHTS.map((_, i) => (GRADIENTS[k][i] + GRADIENTS[k + 1][i]) / 2))
    expectClose(run(optimizers.adam({ gradientAccumulationSteps: 2 })), byHand(adam, pairs))
    const half = run(optimizers.adam({ gradientAccumulationSteps: 2 }), GRADIENTS.slice(0, 3))
    expectClose(half, byHand(adam, pairs.slice(0, 1)))
  })

  it('running means start at the first weights and may overwrite them', () => {
    const means = (optimizer: Optimizer) => {
      const state = descend(
        optimizer,
        { w: WEIGHTS },
        GRADIENTS.map((w) => ({ w })),
      )
      return { weights: state.get('w'), means: state.get(optimizer.slots[0].path) }
    }
    const track =
      (every: number): Formula =>
      (w, g, m, t) => {
        const next = sgd(w, g, m, t)
        m[0] = t === 1 ? next : 0.8 * m[0] + (1 - 0.8) * next
        return t % every === 0 ? m[0] : next
      }
    const plain = means(optimizers.sgd({ learningRate, useEma: true, emaMomentum: 0.8 }))
    expectClose(plain.weights, byHand(sgd))
    expectClose(
      plain.means,
      byHand((w, g, m, t) => {
        const next = track(9)(w, g, m, t)
        return t === GRADIENTS.length ? m[0] : next
      }),
    )
    const often = means(optimizers.sgd({ learningRate, useEma: true, emaMomentum: 0.8, emaOverwriteFrequency: 2 }))
    expectClose(often.weights, byHand(track(2)))
  })

  it('finish gives weights their means, swapAverages can be undone', () => {
    const optimizer = optimizers.sgd({ useEma: true })
    const weight = new Variable({ path: 'w', shape: [2], initial: () => Float32Array.of(1, 2) })
    optimizer.build([weight])
    optimizer.slots[0].write([5, 6])
    optimizer.finish([weight])
    expect([...weight.read()]).toEqual([1, 2]) // no step yet: there are no means
    optimizer.iterations = 1
    optimizer.swapAverages()
    expect([[...weight.read()], [...optimizer.slots[0].read()]]).toEqual([
      [5, 6],
      [1, 2],
    ])
    optimizer.swapAverages()
    optimizer.finish([weight])
    expect([...weight.read()]).toEqual([5, 6])
  })

  it('take a new learning rate without new updates, but not against a schedule', () => {
    const optimizer = optimizers.sgd()
    optimizer.learningRate = 0.5
    expect(run(optimizer, [[1, 1, 1]])).toEqual([0.5, -2.5, 0])
    expect(optimizer.getConfig()).toMatchObject({ learningRate: 0.5, momentum: 0, nesterov: false, clipnorm: null })
    const scheduled = optimizers.sgd({
      learningRate: schedules.piecewiseConstantDecay({ boundaries: [1], values: [0.5, 0.25] }),
    })
    expectClose(
      run(scheduled),
      byHand((w, g, _, t) => w - (t <= 2 ? 0.5 : 0.25) * g),
    )
    expect(scheduled.learningRate).toBe(0.25)
    expect(() => {
      scheduled.learningRate = 1
    }).toThrow('SGD: the learning rate follows PiecewiseConstantDecay and cannot be set, received: 1')
    expect(scheduled.getConfig().learningRate).toEqual({
      className: 'PiecewiseConstantDecay',
      config: { boundaries: [1], values: [0.5, 0.25] },
    })
  })

  it('count their state as Keras: two numbers and the slots', () => {
    const count = (optimizer: Optimizer) => {
      optimizer.build([new Variable({ path: 'w', shape: [10], initial: () => new Float32Array(10) })])
      return optimizer.countParams()
    }
    const some = [
      optimizers.sgd(),
      optimizers.sgd({ momentum: 0.9 }),
      optimizers.adam(),
      optimizers.lion({ useEma: true, gradientAccumulationSteps: 2 }),
    ]
    expect(some.map(count)).toEqual([2, 12, 22, 32])
  })

  it('are found by name', () => {
    expect(optimizerOf('Adam').className).toBe('Adam')
    expect(optimizerOf('AdamW').getConfig().weightDecay).toBe(0.004)
    expect(optimizerOf('rmsprop').className).toBe('RMSprop')
    expect(() => optimizerOf('adamm')).toThrow('compile: unknown optimizer, did you mean "adam"?')
  })

  it.each([
    [() => optimizers.adam({ beta1: 1 }), 'Adam: beta1 must be a number >= 0 and < 1, received: 1'],
    [
      () => optimizers.sgd({ learningRate: -1 }),
      'SGD: learningRate must be a number >= 0 or the result of schedules.*()',
    ],
    [
      () => optimizers.sgd({ clipnorm: 1, clipvalue: 2 }),
      'SGD: only one of clipnorm, clipvalue and globalClipnorm can be set, received: [1, 2, null]',
    ],
    [
      () => optimizers.lion({ gradientAccumulationSteps: 1 }),
      'gradientAccumulationSteps must be an integer >= 2 or null',
    ],
    [() => optimizers.adam({ emaMomentum: 1.5 }), 'Adam: emaMomentum must be a number >= 0 and <= 1, received: 1.5'],
  ])('refuse what does not fit %#', (make, message) => {
    expect(make).toThrow(message)
  })
})

describe('the update of a weight is one loop', () => {
  const everything = { weightDecay: 0.01, useEma: true, emaOverwriteFrequency: 3, gradientAccumulationSteps: 2 }
  const all: [string, Optimizer][] = Object.entries(optimizers).map(([name, make]) => [name, make(everything)])
  const weights = [[3, 3, 4], [7]].map(
    (shape, i) => new Variable({ path: `w${i}`, shape, initial: () => new Float32Array(36) }),
  )

  it.each([...all, ['adam, clipping', optimizers.adam({ clipvalue: 1 })] as const])('of %s', (_, optimizer) => {
    const { graph } = traceStep(optimizer, weights, true)
    const written = new Set(graph.updates.map(({ value }) => value))
    const loops = fuse(graph).filter(
      (cluster) => cluster.kind === 'group' && cluster.nodes.some((node) => written.has(node)),
    )
    const zeros = optimizer.batchesPerUpdate > 1 ? weights.length : 0
    // Lamb has to know how long its step is.
    const loopsEach = optimizer.className === 'Lamb' ? 2 : 1
    expect(loops).toHaveLength(loopsEach * weights.length + zeros)
  })
})

/** @file Tests of learning-rate schedules, with values worked out from Keras's formulas. */
import { describe, expect, it } from 'vitest'
import { type Schedule, schedules } from './index.ts'

const expectRates = (schedule: Schedule, rates: readonly (readonly [step: number, rate: number])[]) => {
  for (const [step, rate] of rates) expect(schedule.at(step), `step ${step}`).toBeCloseTo(rate, 12)
}

describe('schedules', () => {
  it('constant and piecewise constant: boundaries belong to what lies before them', () => {
    expectRates(schedules.constant({ learningRate: 0.3 }), [
      [0, 0.3],
      [1e6, 0.3],
    ])
    const steps = schedules.piecewiseConstantDecay({ boundaries: [10, 20], values: [1, 0.5, 0.1] })
    expectRates(steps, [
      [0, 1],
      [10, 1],
      [11, 0.5],
      [20, 0.5],
      [21, 0.1],
      [1000, 0.1],
    ])
  })

  it('exponential and inverse time, smooth or in stairs', () => {
    const args = { initialLearningRate: 0.1, decaySteps: 4, decayRate: 0.5 }
    expectRates(schedules.exponentialDecay(args), [
      [0, 0.1],
      [2, 0.1 * Math.SQRT1_2],
      [4, 0.05],
      [8, 0.025],
    ])
    expectRates(schedules.exponentialDecay({ ...args, staircase: true }), [
      [3, 0.1],
      [4, 0.05],
      [7, 0.05],
    ])
    expectRates(schedules.inverseTimeDecay(args), [
      [0, 0.1],
      [2, 0.1 / 1.25],
      [4, 0.1 / 1.5],
    ])
    expectRates(schedules.inverseTimeDecay({ ...args, staircase: true }), [
      [3, 0.1],
      [7, 0.1 / 1.5],
    ])
  })

  it('polynomial, once or again and again', () => {
    const args = { initialLearningRate: 1, decaySteps: 10, endLearningRate: 0.2, power: 2 }
    const at = (left: number) => 0.8 * left ** 2 + 0.2
    expectRates(schedules.polynomialDecay(args), [
      [0, 1],
      [5, at(0.5)],
      [10, 0.2],
      [50, 0.2],
    ])
    expectRates(schedules.polynomialDecay({ ...args, cycle: true }), [
      [0, 1],
      [10, 0.2],
      [15, at(0.25)],
      [20, 0.2],
    ])
  })

  it('cosine, with and without warm-up', () => {
    const args = { initialLearningRate: 0.1, decaySteps: 8, alpha: 0.1 }
    expectRates(schedules.cosineDecay(args), [
      [0, 0.1],
      [4, 0.1 * (0.9 * 0.5 + 0.1)],
      [8, 0.01],
      [99, 0.01],
    ])
    const warm = schedules.cosineDecay({ ...args, warmupTarget: 0.5, warmupSteps: 4 })
    expectRates(warm, [
      [0, 0.1],
      [2, 0.3],
      [4, 0.5],
      [8, 0.5 * 0.55],
      [12, 0.05],
      [13, 0.05],
    ])
    expectRates(schedules.cosineDecay({ ...args, warmupSteps: 4 }), [[0, 0.1]])
  })

  it('cosine with restarts: longer and lower each time', () => {
    const restarts = schedules.cosineDecayRestarts({
      initialLearningRate: 1,
      firstDecaySteps: 4,
      mMul: 0.5,
      alpha: 0.2,
    })
    const at = (height: number, part: number) => 0.8 * height * 0.5 * (1 + Math.cos(Math.PI * part)) + 0.2
    expectRates(restarts, [
      [0, 1],
      [2, at(1, 0.5)],
      [4, at(0.5, 0)],
      [8, at(0.5, 0.5)],
      [12, at(0.25, 0)],
    ])
    const equal = schedules.cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 4, tMul: 1 })
    expectRates(equal, [
      [3, 0.5 * (1 + Math.cos(0.75 * Math.PI))],
      [4, 1],
      [8, 1],
      [10, 0.5],
    ])
  })

  it('one cycle rises, then falls far below its start', () => {
    const cycle = schedules.oneCycle({ maxLearningRate: 0.5, totalSteps: 101, pctStart: 0.21 / 1.01 })
    expectRates(cycle, [
      [0, 0.02],
      [10, 0.26],
      [20, 0.5],
      [60, (0.5 + 2e-6) / 2],
      [100, 2e-6],
      [200, 2e-6],
    ])
  })

  it('refuse what does not fit', () => {
    expect(() => schedules.piecewiseConstantDecay({ boundaries: [1], values: [1] })).toThrow(
      'PiecewiseConstantDecay: there must be one boundary less than values, received: [1, 1]',
    )
    expect(() => schedules.cosineDecay({ initialLearningRate: 1, decaySteps: 0 })).toThrow(
      'CosineDecay: decaySteps must be an integer >= 1, received: 0',
    )
  })
})

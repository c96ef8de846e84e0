/** @file Tests of timing training. */
import { describe, expect, it } from 'vitest'
import type { TrainEvent } from '../train/events.ts'
import { TrainingClock } from './training-clock.ts'

const logs = {}

/** Runs epochs of steps that last so many milliseconds, each epoch with 500 ms of validation. */
function clockAfter(epochs: readonly (readonly number[])[], { lastCount = 8 } = {}): TrainingClock {
  let now = 1000
  const clock = new TrainingClock(8, () => now)
  const tell = (event: TrainEvent, after: number) => {
    now += after
    clock.on(event)
  }
  epochs.forEach((steps, epoch) => {
    tell({ type: 'epochBegin', epoch }, 100)
    steps.forEach((duration, i) => {
      const count = i === steps.length - 1 ? lastCount : 8
      tell({ type: 'stepEnd', epoch, step: i + 1, count, logs }, duration)
    })
    tell({ type: 'epochEnd', epoch, logs }, 500)
  })
  return clock
}

describe('TrainingClock', () => {
  it('times epochs with their validation', () => {
    expect(clockAfter([[1000, 500], [700]]).epochSeconds).toEqual([2, 1.2])
    expect(clockAfter([]).epochSeconds).toEqual([])
  })

  it('takes the median of the steps after the first three', () => {
    expect(
      clockAfter([
        [900, 90, 90, 1],
        [9, 2],
      ]).msPerStep,
    ).toBe(2)
    expect(
      clockAfter([
        [900, 90, 90],
        [1, 2],
      ]).msPerStep,
    ).toBe(1.5)
  })

  it('takes the last step of a run that is shorter, if there is one', () => {
    expect(clockAfter([[900, 7]]).msPerStep).toBe(7)
    expect(clockAfter([]).msPerStep).toBeNaN()
  })

  it('leaves out batches that are not full', () => {
    expect(clockAfter([[1, 1, 1, 5, 5, 1000]], { lastCount: 3 }).msPerStep).toBe(5)
    expect(clockAfter([[7]], { lastCount: 3 }).msPerStep).toBeNaN()
  })
})

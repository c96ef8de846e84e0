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

  it('sets processor time of all threads beside the time that passed, without that of an interruption', () => {
    let [now, processor] = [0, 0]
    const spend = () => ({ own: processor, all: 2 * processor })
    const clock = new TrainingClock(8, () => now, spend)
    const tell = (clock: TrainingClock, type: 'epochBegin' | 'stepEnd' | 'trainEnd', ms = 0, used = 0) => {
      now += ms
      processor += used
      clock.on({ type, epoch: 0, step: 1, count: 8, logs, reason: 'done' } as never)
    }
    tell(clock, 'epochBegin', 100, 100)
    tell(clock, 'stepEnd', 900, 900) // compiled
    tell(clock, 'stepEnd', 4000, 1000)
    expect(clock.spent).toEqual({ wall: 4, own: 1, all: 2 })
    const later = new TrainingClock(8, () => now, spend)
    later.callback.setState?.(clock.callback.getState?.() as never)
    tell(later, 'stepEnd', 50_000, 50_000)
    tell(later, 'stepEnd', 2000, 500)
    tell(later, 'trainEnd')
    now += 9000
    expect(later.spent).toEqual({ wall: 6, own: 1.5, all: 3 })
  })

  it('leaves out batches that are not full', () => {
    expect(clockAfter([[1, 1, 1, 5, 5, 1000]], { lastCount: 3 }).msPerStep).toBe(5)
    expect(clockAfter([[7]], { lastCount: 3 }).msPerStep).toBeNaN()
  })
})

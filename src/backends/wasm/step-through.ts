/** @file Runs a plan once, call by call, in the order in which a single thread would: for the profiler and for CHECK=1. */
import type { Plan } from '../../passes/plan.ts'
import type { Call } from '../../passes/program.ts'
import type { Addresses } from './addresses.ts'
import type { JobExports } from './pool.ts'

/** The part of the batch that one run of a call works on: everything, for a call on weights. */
export interface Part {
  readonly first: number
  readonly last: number
  readonly lane: number
}

/** @param run does what it is given, around which it may measure or look */
export function stepThrough(
  exports: JobExports,
  plan: Plan,
  at: Addresses,
  count: number,
  run: (call: Call, part: Part, compute: () => void) => void,
): void {
  const { shard, laneImages } = plan
  plan.phases.forEach((phase, k) => {
    const everything = { first: 0, last: count, lane: 0 }
    phase.unitCalls.forEach((call, i) => {
      run(call, everything, () => exports[`units${k}.${i}`]?.(0, 1))
    })
    for (let lane = 0; lane < plan.lanes; lane++) exports[`clear${k}`]?.(lane)
    for (let first = 0; phase.imageCalls.length > 0 && first < count; first += shard) {
      const part = { first, last: Math.min(first + shard, count), lane: Math.floor(first / laneImages) }
      phase.imageCalls.forEach((call, i) => {
        run(call, part, () => exports[`images${k}.${i}`]?.(part.first, part.last, part.lane, at.threads))
      })
    }
  })
}

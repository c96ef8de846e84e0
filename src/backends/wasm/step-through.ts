/** @file Runs a plan once, call by call, in the order in which a single thread would: for the profiler and for CHECK=1. */
import type { Plan } from '../../passes/cpu/plan.ts'
import type { Call } from '../../passes/cpu/program.ts'
import { imageCallsOf, type Phase } from '../../passes/cpu/schedule.ts'
import type { Addresses } from './addresses.ts'
import type { JobExports } from './job.ts'

/** The part of the batch that one run of a call works on: everything, for a call on weights. */
export interface Part {
  /** The first image of the shard. */
  readonly shard: number
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
  plan.phases.forEach((phase, k) => {
    const everything = { shard: 0, first: 0, last: count, lane: 0 }
    phase.unitCalls.forEach((call, i) => {
      run(call, everything, () => exports[`units${k}.${i}`]?.(0, 1))
    })
    for (let lane = 0; lane < plan.lanes; lane++) exports[`clear${k}`]?.(lane)
    const indexOf = new Map(imageCallsOf(phase).map((call, i) => [call, i]))
    for (const { calls, part } of imageParts(phase, plan, count))
      for (const call of calls) {
        const { shard, first, last, lane } = part
        run(call, part, () => exports[`images${k}.${indexOf.get(call)}`]?.(shard, first, last, lane, at.threads))
      }
  })
}

/** The parts of the batch in the order in which a segment's calls run on them. */
function* imageParts({ segments }: Phase, { shard: size, laneImages }: Plan, count: number) {
  for (let shard = 0; shard < count; shard += size) {
    const end = Math.min(shard + size, count)
    for (const { calls, images } of segments)
      for (let first = shard; first < end; first += images) {
        const part: Part = { shard, first, last: Math.min(first + images, end), lane: Math.floor(shard / laneImages) }
        yield { calls, part }
      }
  }
}

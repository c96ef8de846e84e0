/** @file Times every kernel of a plan on the calling thread: what the bench and DEBUG=2 print. */
import type { Plan } from '../../passes/plan.ts'
import type { Call } from '../../passes/program.ts'
import type { Addresses } from './driver.ts'
import type { JobExports } from './pool.ts'

export interface KernelTime {
  readonly phase: number
  readonly call: Call
  /** Milliseconds for the whole batch, one thread. */
  readonly ms: number
  /** Of the multiply-accumulates that the call stands for; NaN without any. */
  readonly gflops: number
}

/** Runs the plan once, call by call, in the order in which a single thread would. */
export function profilePlan(exports: JobExports, plan: Plan, at: Addresses, count: number): KernelTime[] {
  const times = new Map<Call, number>()
  const run = (call: Call, name: string, ...args: number[]) => {
    const start = performance.now()
    exports[name]?.(...args)
    times.set(call, (times.get(call) ?? 0) + performance.now() - start)
  }
  plan.phases.forEach((phase, k) => {
    phase.unitCalls.forEach((call, i) => {
      run(call, `units${k}.${i}`, 0, 1)
    })
    for (let first = 0; phase.imageCalls.length > 0 && first < count; first += plan.shard) {
      const last = Math.min(first + plan.shard, count)
      const lane = Math.floor(first / plan.laneImages)
      phase.imageCalls.forEach((call, i) => {
        run(call, `images${k}.${i}`, first, last, lane, at.threads)
      })
    }
  })
  return plan.phases.flatMap((phase, k) =>
    [...phase.unitCalls, ...phase.imageCalls].map((call) => {
      const ms = times.get(call) ?? 0
      const macs = call.macs * (call.onImages ? count : 1)
      return { phase: k, call, ms, gflops: macs ? (2 * macs) / ms / 1e6 : Number.NaN }
    }),
  )
}

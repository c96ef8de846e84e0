/** @file Times every kernel of a plan on the calling thread: what the bench and DEBUG=2 print. */
import type { Plan } from '../../passes/cpu/plan.ts'
import type { Call } from '../../passes/cpu/program.ts'
import type { KernelTime } from '../engine.ts'
import type { Addresses } from './addresses.ts'
import type { JobExports } from './job.ts'
import { stepThrough } from './step-through.ts'

/** Runs the plan once and returns its kernels in the order in which they ran. */
export function profilePlan(exports: JobExports, plan: Plan, at: Addresses, count: number): KernelTime[] {
  const times = new Map<Call, number>()
  stepThrough(exports, plan, at, count, (call, _, compute) => {
    const start = performance.now()
    compute()
    times.set(call, (times.get(call) ?? 0) + performance.now() - start)
  })
  return [...times].map(([call, ms]) => {
    const macs = call.macs * (call.onImages ? count : 1)
    const gflops = macs ? (2 * macs) / ms / 1e6 : Number.NaN
    return { kernel: call.name, layer: call.label, phase: plan.phaseOf.get(call) as number, ms, gflops }
  })
}

/** One line a kernel, the slowest first. */
export function printProfile(times: readonly KernelTime[]): string {
  const total = times.reduce((sum, { ms }) => sum + ms, 0)
  const lines = times
    .toSorted((a, b) => b.ms - a.ms)
    .map(({ kernel, layer, phase, ms, gflops }) => {
      const speed = Number.isNaN(gflops) ? '' : `${gflops.toFixed(1)} GFLOP/s`
      const share = `${((100 * ms) / total).toFixed(1)} %`
      return `${ms.toFixed(3).padStart(9)} ms ${share.padStart(7)} ${speed.padStart(14)}  ${phase}  ${layer}  ${kernel}`
    })
  return [`${total.toFixed(1)} ms on one thread; time, share, speed, phase, layer, kernel:`, ...lines].join('\n')
}

/** @file Runs a plan on the calling thread, lane by lane, with pauses in which the event loop gets its turn. */
import type { Plan } from '../../passes/plan.ts'
import { type Addresses, CONTROL } from './addresses.ts'
import type { JobExports } from './job.ts'
import type { EngineMemory } from './memory.ts'

/** How long this thread may compute before it lets others run, in ms: less than a frame. */
const SLICE_MS = 12

export async function runInline(exports: JobExports, plan: Plan, at: Addresses, memory: EngineMemory): Promise<void> {
  const count = memory.i32(at.control + CONTROL.count, 1)[0] as number
  // Lanes without images run too: they clear their partial sums.
  let since = performance.now()
  for (let k = 0; k < plan.phases.length; k++) {
    exports[`units${k}`]?.(0, 1)
    for (let lane = 0; exports[`lane${k}`] && lane < plan.lanes; lane++) {
      exports[`lane${k}`]?.(lane, at.threads)
      if (performance.now() - since < SLICE_MS || lane * plan.laneImages >= count) continue
      await new Promise((resolve) => setTimeout(resolve, 0))
      since = performance.now()
    }
  }
}

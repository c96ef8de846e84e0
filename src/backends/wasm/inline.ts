/** @file Runs a plan on the calling thread, lane by lane, with pauses in which the event loop gets its turn. */
import { breathe } from '../../base/breath.ts'
import type { Plan } from '../../passes/cpu/plan.ts'
import { type Addresses, CONTROL } from './addresses.ts'
import type { JobExports } from './job.ts'
import type { EngineMemory } from './memory.ts'

export async function runInline(exports: JobExports, plan: Plan, at: Addresses, memory: EngineMemory): Promise<void> {
  const count = memory.i32(at.control + CONTROL.count, 1)[0] as number
  // Lanes without images run too: they clear their partial sums.
  for (let k = 0; k < plan.phases.length; k++) {
    exports[`units${k}`]?.(0, 1)
    for (let lane = 0; exports[`lane${k}`] && lane < plan.lanes; lane++) {
      exports[`lane${k}`]?.(lane, at.threads)
      if (lane * plan.laneImages < count) await breathe()
    }
  }
}

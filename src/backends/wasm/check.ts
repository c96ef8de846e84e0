/** @file CHECK=1: looks at the result of every kernel and names the first that is not finite. */

import { received, SeparableError } from '../../base/errors.ts'
import type { Plan } from '../../passes/cpu/plan.ts'
import { packs } from '../../passes/cpu/program.ts'
import { type Addresses, addressOf } from './addresses.ts'
import type { JobExports } from './job.ts'
import type { EngineMemory } from './memory.ts'
import { copyOut } from './rows.ts'
import { stepThrough } from './step-through.ts'

/** @throws SeparableError (`numeric`) naming layer, kernel and element */
export function runChecked(exports: JobExports, plan: Plan, at: Addresses, memory: EngineMemory, count: number): void {
  stepThrough(exports, plan, at, count, (call, part, compute) => {
    const { first, last } = part
    compute()
    if (packs(call)) return // its padding is never read
    for (const value of call.outputs) {
      const items = value.batched ? last - first : 1
      const values = copyOut(memory, addressOf(value, plan, at, memory, part), value.storage, items)
      const bad = values.findIndex((element) => !Number.isFinite(element))
      if (bad < 0) continue
      const where = value.batched ? ` in images ${first} to ${last - 1} of the batch` : ''
      throw new SeparableError(
        'numeric',
        `${call.label || 'outside of layers'}: element ${bad} of ${value.name}${where} is not finite after the kernel ${call.name}, ${received(values[bad])}`,
      )
    }
  })
}

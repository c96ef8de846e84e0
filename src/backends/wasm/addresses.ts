/** @file Where things lie in the engine's memory while a plan runs. */
import { invariant } from '../../base/errors.ts'
import type { Plan } from '../../passes/cpu/plan.ts'
import type { Value } from '../../passes/cpu/program.ts'
import type { EngineMemory } from './memory.ts'

/** Where a plan's parts lie in the engine's memory. */
export interface Addresses {
  readonly control: number
  readonly plan: number
  /** Arena of thread 0; the others follow. */
  readonly threads: number
  param(name: string): number
  /** Address of a scalar's value. */
  scalar(value: Value): number
  /** Address of the word that holds an input's address. */
  inputPointer(name: string): number
}

/** Words of the control block. */
export const CONTROL = {
  /** Images of this run. */
  count: 0,
  arrived: 4,
  generation: 8,
  /** 1 when this run may overwrite parameters. */
  commit: 12,
  /** 1 when weights have to be prepared for the kernels, 0 when they still are from the run before. */
  prepare: 16,
  /** Lanes handed out, one word a phase. */
  lanes: 20,
} as const

export function controlBytes(plan: Plan): number {
  return CONTROL.lanes + 4 * plan.phases.length
}

/** Where a value begins, seen from JavaScript, for some part of the batch on thread 0. */
export function addressOf(
  value: Value,
  plan: Plan,
  at: Addresses,
  memory: EngineMemory,
  { shard, first, lane } = { shard: 0, first: 0, lane: 0 },
): number {
  const place = plan.places.get(value)
  invariant(place, `${value.name} has no place`)
  switch (place.region) {
    case 'param':
      return at.param(value.name)
    case 'scalar':
      return at.scalar(value)
    case 'thread':
      return at.threads + place.offset + (first - shard) * place.stride
    case 'input':
      return (memory.i32(at.inputPointer(value.name), 1)[0] as number) + first * value.storage.bytes
    case 'plan':
      return at.plan + place.offset + place.stride * (value.kind === 'lanes' ? lane : value.batched ? first : 0)
  }
}

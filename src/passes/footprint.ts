/** @file What memory a plan takes, part by part: its layout, taken apart again for people. */
import { align } from './memory.ts'
import type { Plan } from './plan.ts'
import type { Call, Value } from './program.ts'

/** Memory for one purpose. */
export interface MemoryPart<Kind extends string = string> {
  readonly kind: Kind
  /** Path of the layer that it is for; '' when several share it. */
  readonly label: string
  readonly bytes: number
}

/**
 * - `prepared`: weights in the form that a kernel wants
 * - `sums`: gradients and other sums over the batch, with a partial sum for each lane
 * - `batch`: values of all images, which one phase leaves to the next
 * - `shard`: values of the images that a thread is working on, for all threads
 * - `scratch`: private memory of kernels, for all threads
 */
export type PlanMemoryKind = 'prepared' | 'sums' | 'batch' | 'shard' | 'scratch'

/** The parts of the plan's region and of the arenas that this number of threads touches. */
export function footprintOf(plan: Plan, threads: number): MemoryPart<PlanMemoryKind>[] {
  const producer = new Map(plan.program.calls.flatMap((call) => call.outputs.map((value) => [value, call] as const)))
  const shared = [...plan.places].flatMap(([value, place]) => {
    if (place.region !== 'plan') return []
    const copies = value.kind === 'lanes' ? plan.lanes : value.batched ? plan.program.batch : 1
    const bytes = align(place.stride * copies)
    return [{ kind: kindOf(value, producer.get(value)), label: labelOf(value, producer), bytes }]
  })
  // A thread that gets no lane leaves its arena alone.
  const arenas = Math.min(threads, plan.lanes)
  return [
    ...shared,
    { kind: 'shard', label: '', bytes: arenas * plan.scratchOffset },
    { kind: 'scratch', label: '', bytes: arenas * (plan.threadBytes - plan.scratchOffset) },
  ]
}

function kindOf(value: Value, call: Call | undefined): PlanMemoryKind {
  if (call?.prepares) return 'prepared'
  return value.batched && value.kind !== 'lanes' ? 'batch' : 'sums'
}

/** The layer whose call makes the value, or makes the partial sums that it adds up. */
function labelOf(value: Value, producer: ReadonlyMap<Value, Call>): string {
  const call = producer.get(value)
  const lanes = call?.inputs.find(({ kind }) => kind === 'lanes')
  return lanes ? labelOf(lanes, producer) : (call?.label ?? '')
}

/** @file What memory a plan takes, part by part: its layout, taken apart again for people. */
import { align } from './memory.ts'
import type { Plan } from './plan.ts'
import { type Call, packs, type Value } from './program.ts'

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

/**
 * The parts of the plan's region and of the arenas that this number of threads touches. Values that take turns on the same
 * bytes are counted once, for the largest of them.
 */
export function footprintOf(plan: Plan, threads: number): MemoryPart<PlanMemoryKind>[] {
  const producer = new Map(plan.program.calls.flatMap((call) => call.outputs.map((value) => [value, call] as const)))
  const placed = [...plan.places].flatMap(([value, place]) => {
    if (place.region !== 'plan') return []
    const copies = value.kind === 'lanes' ? plan.lanes : value.batched ? plan.program.batch : 1
    return [{ value, from: place.offset, to: place.offset + align(place.stride * copies) }]
  })
  const claimed: Span[] = []
  const shared = placed
    .toSorted((a, b) => b.to - b.from - (a.to - a.from))
    .map(({ value, ...span }) => ({ value, bytes: claim(claimed, span) }))
    .filter(({ bytes }) => bytes > 0)
    .map(({ value, bytes }) => {
      const call = producer.get(value)
      return { kind: kindOf(value, call), label: labelOf(value, producer), bytes }
    })
  // A thread that gets no lane leaves its arena alone.
  const arenas = Math.min(threads, plan.lanes)
  return [
    ...shared,
    { kind: 'shard', label: '', bytes: arenas * plan.scratchOffset },
    { kind: 'scratch', label: '', bytes: arenas * (plan.threadBytes - plan.scratchOffset) },
  ]
}

interface Span {
  readonly from: number
  readonly to: number
}

/** How much of the span nobody has claimed yet; it is claimed afterwards. */
function claim(claimed: Span[], span: Span): number {
  let free = span.to - span.from
  for (const { from, to } of claimed) free -= Math.max(0, Math.min(to, span.to) - Math.max(from, span.from))
  const touching = claimed.filter(({ from, to }) => from <= span.to && span.from <= to)
  const merged = [span, ...touching].reduce((a, b) => ({ from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) }))
  claimed.splice(0, claimed.length, ...claimed.filter((each) => !touching.includes(each)), merged)
  return free
}

function kindOf(value: Value, call: Call | undefined): PlanMemoryKind {
  if (call && packs(call)) return 'prepared'
  return value.batched && value.kind !== 'lanes' ? 'batch' : 'sums'
}

/** The layer whose call makes the value, or makes the partial sums that it adds up. */
function labelOf(value: Value, producer: ReadonlyMap<Value, Call>): string {
  const call = producer.get(value)
  const lanes = call?.inputs.find(({ kind }) => kind === 'lanes')
  return lanes ? labelOf(lanes, producer) : (call?.label ?? '')
}

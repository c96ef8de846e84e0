/**
 * @file Gives every value an address. Values that only one phase touches live in each thread's own
 * arena, which holds one shard and is reused from kernel to kernel; the others live in the plan's shared region, which is
 * reused from phase to phase. What is used again while it is still in the caches need not come from memory.
 */
import { type FreeSpace, SpaceByTime, SpaceByValue } from './free-space.ts'
import { packs, type Value } from './program.ts'
import type { Phase, Schedule } from './schedule.ts'

/** Cache lines, and whole vectors. */
const ALIGN = 64

export type Place =
  /** Owned by the engine, found by name. */
  | { readonly region: 'param' | 'input' | 'scalar' }
  /** In the plan's region; `stride` bytes from one image (or lane) to the next. */
  | { readonly region: 'plan'; readonly offset: number; readonly stride: number }
  /**
   * In the arena of the thread that works on the shard; `stride` bytes from one image of the shard to the next, 0 when
   * it holds only the images that its segment works on at a time.
   */
  | { readonly region: 'thread'; readonly offset: number; readonly stride: number }

export interface Layout {
  readonly places: ReadonlyMap<Value, Place>
  readonly planBytes: number
  /** Arena of one thread, with the kernels' scratch behind the values. */
  readonly threadBytes: number
  readonly scratchOffset: number
}

export function layOut(schedule: Schedule): Layout {
  const places = new Map<Value, Place>()
  const { values, calls, outputs } = schedule.program
  const local = localValues(schedule, new Set(outputs.values()))
  for (const value of values) {
    if (value.kind === 'param' || value.kind === 'input' || value.kind === 'scalar')
      places.set(value, { region: value.kind })
  }
  const planBytes = pack(lifetimes(schedule, local), 'plan', new SpaceByTime(), places)
  const arenas = schedule.phases.map((phase) =>
    pack(liveness(phase, local, schedule.shard), 'thread', new SpaceByValue(), places),
  )
  const scratchOffset = Math.max(0, ...arenas)
  const scratch = Math.max(0, ...calls.map((call) => call.scratchBytes))
  return { places, planBytes, threadBytes: align(scratchOffset + scratch), scratchOffset }
}

/** Up to the next multiple of the alignment. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN
}

/** Batched values that are made and used inside one phase. */
function localValues(schedule: Schedule, outputs: Set<Value>): Set<Value> {
  const phases = new Map<Value, Set<number>>()
  for (const call of schedule.program.calls) {
    for (const value of [...call.inputs, ...call.outputs]) {
      const set = phases.get(value) ?? new Set()
      phases.set(value, set.add(schedule.phaseOf.get(call) as number))
    }
  }
  return new Set(
    [...phases]
      .filter(([v, set]) => v.kind === 'plain' && v.batched && !outputs.has(v) && set.size === 1)
      .map(([v]) => v),
  )
}

interface Interval {
  readonly value: Value
  readonly from: number
  readonly to: number
  readonly bytes: number
  readonly stride: number
}

/** Greedy best fit by size (Pisarchyk & Lee, 2020): big values first, each at the lowest free offset. Returns the end. */
function pack(
  intervals: readonly Interval[],
  region: 'plan' | 'thread',
  space: FreeSpace,
  places: Map<Value, Place>,
): number {
  let end = 0
  for (const interval of intervals.toSorted((a, b) => b.bytes - a.bytes)) {
    const offset = space.take(interval)
    places.set(interval.value, { region, offset, stride: interval.stride })
    end = Math.max(end, offset + interval.bytes)
  }
  return end
}

/**
 * In the plan's region: from the phase that makes a value to the last one that reads it, both included. The caller reads
 * outputs and the guard after the last phase; where no run changes a parameter, prepared weights serve the next run too.
 */
function lifetimes({ program, phaseOf, phases, lanes }: Schedule, local: Set<Value>): Interval[] {
  const kept = new Set([...program.outputs.values(), program.guard])
  const keepsPrepared = program.writes.size === 0
  const touched = new Map<Value, { from: number; to: number }>()
  for (const call of program.calls) {
    const phase = phaseOf.get(call) as number
    for (const value of [...call.inputs, ...call.outputs]) {
      const { from, to } = touched.get(value) ?? { from: phase, to: phase }
      touched.set(value, { from: Math.min(from, phase), to: Math.max(to, phase) })
    }
    if (packs(call) && keepsPrepared) for (const value of call.outputs) kept.add(value)
  }
  return [...touched]
    .filter(([{ kind }]) => kind === 'plain' || kind === 'lanes')
    .filter(([value]) => !local.has(value))
    .map(([value, span]) => {
      const copies = value.kind === 'lanes' ? lanes : value.batched ? program.batch : 1
      const { bytes: stride } = value.storage
      const { from, to } = kept.has(value) ? { from: 0, to: phases.length } : span
      return { value, from, to, bytes: align(stride * copies), stride }
    })
}

/**
 * From the call that makes a value to the last one that reads it, both included. A value of one segment holds the images
 * that are worked on at a time. One that several segments touch holds the whole shard, and is there as long as each of
 * them runs: its other calls come back for the next images.
 */
function liveness({ segments }: Phase, local: Set<Value>, shard: number): Interval[] {
  const touched = new Map<Value, { calls: number[]; segments: Set<number> }>()
  const bounds: { from: number; to: number; images: number }[] = []
  let index = 0
  segments.forEach(({ calls, images }, segment) => {
    bounds.push({ from: index, to: index + calls.length - 1, images })
    for (const call of calls) {
      for (const value of [...call.outputs, ...call.inputs]) {
        if (!local.has(value)) continue
        const entry = touched.get(value) ?? { calls: [], segments: new Set() }
        entry.calls.push(index)
        touched.set(value, { ...entry, segments: entry.segments.add(segment) })
      }
      index += 1
    }
  })
  return [...touched].map(([value, { calls, segments }]) => {
    const spans = [...segments].map((segment) => bounds[segment] as (typeof bounds)[number])
    const shared = spans.length > 1
    const ends = shared ? spans.filter(({ images }) => images < shard).flatMap(({ from, to }) => [from, to]) : []
    const images = shared ? shard : (spans[0] as (typeof bounds)[number]).images
    const from = Math.min(...calls, ...ends)
    const to = Math.max(...calls, ...ends)
    const { bytes } = value.storage
    return { value, from, to, bytes: align(bytes * images), stride: shared ? bytes : 0 }
  })
}

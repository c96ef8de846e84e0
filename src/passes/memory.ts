/**
 * @file Gives every value an address. Values that only one phase touches live in each thread's own
 * arena, which holds one shard and is reused from kernel to kernel by liveness; the others live in
 * the plan's shared region.
 */
import type { Call, Value } from './program.ts'
import type { Schedule } from './schedule.ts'

/** Cache lines, and whole vectors. */
const ALIGN = 64

export type Place =
  /** Owned by the engine, found by name. */
  | { readonly region: 'param' | 'input' | 'scalar' }
  /** In the plan's region; `stride` bytes from one image (or lane) to the next. */
  | { readonly region: 'plan'; readonly offset: number; readonly stride: number }
  /** In the arena of the thread that works on the shard. */
  | { readonly region: 'thread'; readonly offset: number }

export interface Layout {
  readonly places: ReadonlyMap<Value, Place>
  readonly planBytes: number
  /** Arena of one thread, with the kernels' scratch behind the values. */
  readonly threadBytes: number
  readonly scratchOffset: number
}

export function layOut(schedule: Schedule): Layout {
  const places = new Map<Value, Place>()
  let planBytes = 0
  const inPlan = (value: Value, stride: number, copies: number) => {
    places.set(value, { region: 'plan', offset: planBytes, stride })
    planBytes = align(planBytes + stride * copies)
  }
  const { values, batch, outputs } = schedule.program
  const local = localValues(schedule, new Set(outputs.values()))
  for (const value of values) {
    if (value.kind === 'param' || value.kind === 'input' || value.kind === 'scalar')
      places.set(value, { region: value.kind })
    else if (value.kind === 'lanes') inPlan(value, value.storage.bytes, schedule.lanes)
    else if (!value.batched) inPlan(value, value.storage.bytes, 1)
    else if (!local.has(value)) inPlan(value, value.storage.bytes, batch)
  }
  let scratchOffset = 0
  for (const phase of schedule.phases) {
    const end = packArena(phase.imageCalls, local, schedule.shard, places)
    scratchOffset = Math.max(scratchOffset, end)
  }
  const scratch = Math.max(0, ...schedule.program.calls.map((call) => call.scratchBytes ?? 0))
  return { places, planBytes, threadBytes: align(scratchOffset + scratch), scratchOffset }
}

function align(bytes: number): number {
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
}

/** Greedy best fit by size (Pisarchyk & Lee, 2020): big values first, each at the lowest free offset. */
function packArena(calls: readonly Call[], local: Set<Value>, shard: number, places: Map<Value, Place>): number {
  const size = (value: Value) => align(value.storage.bytes * shard)
  const placed: (Interval & { offset: number })[] = []
  let end = 0
  for (const interval of liveness(calls, local).sort((a, b) => size(b.value) - size(a.value))) {
    const busy = placed
      .filter((other) => other.from <= interval.to && interval.from <= other.to)
      .sort((a, b) => a.offset - b.offset)
    let offset = 0
    for (const other of busy) {
      if (other.offset >= offset + size(interval.value)) break
      offset = Math.max(offset, other.offset + size(other.value))
    }
    placed.push({ ...interval, offset })
    places.set(interval.value, { region: 'thread', offset })
    end = Math.max(end, offset + size(interval.value))
  }
  return end
}

/** From the call that makes a value to the last one that reads it, both included. */
function liveness(calls: readonly Call[], local: Set<Value>): Interval[] {
  const intervals = new Map<Value, { value: Value; from: number; to: number }>()
  calls.forEach((call, i) => {
    for (const value of [...call.outputs, ...call.inputs]) {
      if (!local.has(value)) continue
      const interval = intervals.get(value)
      if (interval) interval.to = i
      else intervals.set(value, { value, from: i, to: i })
    }
  })
  return [...intervals.values()]
}

/**
 * @file Orders the calls into phases. Inside a phase nothing waits: each lane runs all image calls
 * of the phase on its images, shard by shard (depth first, so that activations stay in the cache),
 * and calls on weights are split by units. A barrier stands between phases, and only there. Calls
 * that want fewer images than a shard has get them a few at a time, segment by segment.
 *
 * Lanes and shards are fixed by the batch size and the kernels, never by the number of threads:
 * that is what makes results equal in every bit for any number of threads.
 */
import { invariant } from '../../base/errors.ts'
import { type Call, type Program, readsWhole, type Value } from './program.ts'

/** Partial sums kept apart at most; also the largest number of threads that a phase can use. */
const MAX_LANES = 16

export interface Phase {
  readonly unitCalls: readonly Call[]
  /** In this order for each shard. */
  readonly segments: readonly Segment[]
}

/** Calls that take a shard's images a few at a time: all calls on the first few, then all on the next. */
export interface Segment {
  readonly calls: readonly Call[]
  readonly images: number
}

export interface Schedule {
  readonly program: Program
  readonly phases: readonly Phase[]
  /** Images that a thread takes through a phase at a time. */
  readonly shard: number
  readonly lanes: number
  /** Images of one lane: lane l works on images [l * laneImages, (l + 1) * laneImages). */
  readonly laneImages: number
  /** The phase in which each call runs. */
  readonly phaseOf: ReadonlyMap<Call, number>
}

export function schedule(program: Program): Schedule {
  const phaseOf = postpone(program, assignPhases(program))
  const count = Math.max(0, ...[...phaseOf.values()].map((phase) => phase + 1))
  const wishes = wishesOf(program, phaseOf)
  const wanted = Math.max(1, ...wishes.values())
  const shard = Math.min(wanted, program.batch)
  const phases = Array.from({ length: count }, (_, phase) => {
    const calls = program.calls.filter((call) => phaseOf.get(call) === phase)
    return {
      unitCalls: calls.filter((call) => !call.onImages),
      segments: segmentsOf(
        calls.filter((call) => call.onImages),
        shard,
        wishes,
      ),
    }
  })
  const shards = Math.ceil(program.batch / shard)
  const laneImages = Math.ceil(shards / MAX_LANES) * shard
  return { program, phases, shard, lanes: Math.ceil(program.batch / laneImages), laneImages, phaseOf }
}

/** What the results of a phase's calls may take of the L2 cache while they go from call to call. */
const CACHE_BYTES = 256 * 1024

/**
 * Runs of calls that want equally many images. Those that do not care stay with the calls before them; if none does, all
 * take as many as fit the cache.
 */
function segmentsOf(calls: readonly Call[], shard: number, wishes: ReadonlyMap<Call, number>): Segment[] {
  const segments: { calls: Call[]; images: number }[] = []
  const first = calls.find((call) => wishes.has(call))
  let images = (first && wishes.get(first)) ?? imagesInCache(calls)
  for (const call of calls) {
    images = Math.min(shard, wishes.get(call) ?? images)
    const last = segments.at(-1)
    if (last?.images === images) last.calls.push(call)
    else segments.push({ calls: [call], images })
  }
  return segments
}

/** How many images calls take at a time: what they need, or what they like, where that leaves results in the cache. */
function wishesOf({ calls }: Program, phaseOf: ReadonlyMap<Call, number>): Map<Call, number> {
  const phases = new Map<number, Call[]>()
  for (const call of calls) {
    const phase = phaseOf.get(call) as number
    const known = phases.get(phase)
    if (known) known.push(call)
    else phases.set(phase, [call])
  }
  const mostOf = new Map([...phases].map(([phase, calls]) => [phase, imagesInCache(calls)]))
  const wishes = new Map<Call, number>()
  for (const call of calls) {
    const { shardImages, likedImages = 1 } = call
    const most = mostOf.get(phaseOf.get(call) as number) as number
    const images = shardImages ?? (likedImages > 1 && likedImages <= 2 * most ? likedImages : undefined)
    if (images !== undefined) wishes.set(call, images)
  }
  return wishes
}

function imagesInCache(calls: readonly Call[]): number {
  const results = calls.flatMap(({ outputs }) => outputs).filter(({ batched }) => batched)
  const bytes = results.reduce((sum, { storage }) => sum + storage.bytes, 0)
  return Math.max(1, Math.floor(CACHE_BYTES / Math.max(1, bytes)))
}

/** The image calls of a phase, in order. */
export function imageCallsOf({ segments }: Phase): Call[] {
  return segments.flatMap(({ calls }) => calls)
}

/**
 * A call runs in the earliest phase that its inputs allow. Image calls that hand images to each
 * other share a phase, unless one reads any image for each of its own; everything else needs a barrier in between. A call that overwrites a
 * parameter comes after all that read it and after the guard. Found by moving calls back until all rules hold.
 */
function assignPhases({ calls, writes, guard }: Program): Map<Call, number> {
  const producer = new Map(calls.flatMap((call) => call.outputs.map((value) => [value, call] as const)))
  const phaseOf = new Map(calls.map((call) => [call, 0]))
  const phase = (call: Call) => phaseOf.get(call) as number
  const afterInput = (call: Call, value: Value): number => {
    const from = producer.get(value)
    if (!from || from === call || writes.get(from)?.includes(value)) return 0
    return readsWhole(call, value) || !from.onImages ? phase(from) + 1 : phase(from)
  }
  const readersOf = byInput(calls)
  const readers = new Map(
    [...writes].map(([writer, params]) => [
      writer,
      params.flatMap((param) => readersOf.get(param) ?? []).filter((call) => call !== writer),
    ]),
  )
  const earliest = (call: Call) =>
    Math.max(
      0,
      ...call.inputs.map((value) => afterInput(call, value)),
      guard && writes.has(call) ? afterInput(call, guard) : 0,
      ...(readers.get(call) ?? []).map((reader) => phase(reader) + 1),
    )
  for (let moved = true; moved; ) {
    moved = false
    for (const call of calls) {
      const at = earliest(call)
      invariant(at <= calls.length, `${call.name} waits for itself`)
      moved ||= at !== phase(call)
      phaseOf.set(call, at)
    }
  }
  return phaseOf
}

/**
 * Moves calls on images to the phase of their first reader (or before it, if a barrier has to lie in between), when all
 * that they read is kept until then anyway: their results need not be kept in between.
 */
function postpone({ calls, outputs, guard }: Program, earliest: ReadonlyMap<Call, number>): Map<Call, number> {
  const phaseOf = new Map(earliest)
  const phase = (call: Call) => phaseOf.get(call) as number
  const readers = byInput(calls)
  const results = new Set([...outputs.values(), guard])
  for (const call of calls.toReversed()) {
    if (!call.onImages || call.outputs.some((value) => !value.batched || results.has(value))) continue
    const latest = (value: Value) => (reader: Call) => phase(reader) - Number(readsWhole(reader, value))
    const first = Math.min(...call.outputs.flatMap((value) => (readers.get(value) ?? []).map(latest(value))))
    const isKept = (value: Value) =>
      !value.batched ||
      value.kind === 'input' ||
      (readers.get(value) ?? []).some((reader) => reader !== call && phase(reader) >= first)
    if (first > phase(call) && first < Number.POSITIVE_INFINITY && call.inputs.every(isKept)) phaseOf.set(call, first)
  }
  return phaseOf
}

/** Who reads each value, in the order of the calls. */
function byInput(calls: readonly Call[]): ReadonlyMap<Value, readonly Call[]> {
  const readers = new Map<Value, Call[]>()
  for (const call of calls)
    for (const value of call.inputs) {
      const known = readers.get(value)
      if (known) known.push(call)
      else readers.set(value, [call])
    }
  return readers
}

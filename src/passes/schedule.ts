/**
 * @file Orders the calls into phases. Inside a phase nothing waits: each lane runs all image calls
 * of the phase on its images, shard by shard (depth first, so that activations stay in the cache),
 * and calls on weights are split by units. A barrier stands between phases, and only there.
 *
 * Lanes and shards are fixed by the batch size and the kernels, never by the number of threads:
 * that is what makes results equal in every bit for any number of threads.
 */
import { invariant } from '../base/errors.ts'
import type { Call, Program, Value } from './program.ts'

/** Partial sums kept apart at most; also the largest number of threads that a phase can use. */
const MAX_LANES = 16

export interface Phase {
  readonly unitCalls: readonly Call[]
  readonly imageCalls: readonly Call[]
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
  const phaseOf = assignPhases(program)
  const count = Math.max(0, ...[...phaseOf.values()].map((phase) => phase + 1))
  const phases = Array.from({ length: count }, (_, phase) => {
    const calls = program.calls.filter((call) => phaseOf.get(call) === phase)
    return {
      unitCalls: calls.filter((call) => !call.onImages),
      imageCalls: calls.filter((call) => call.onImages),
    }
  })
  const wanted = Math.max(1, ...program.calls.map((call) => call.shardImages))
  const shard = Math.min(wanted, program.batch)
  const shards = Math.ceil(program.batch / shard)
  const laneImages = Math.ceil(shards / MAX_LANES) * shard
  return { program, phases, shard, lanes: Math.ceil(program.batch / laneImages), laneImages, phaseOf }
}

/**
 * A call runs in the earliest phase that its inputs allow. Image calls that hand images to each
 * other share a phase; everything else needs a barrier in between. A call that overwrites a
 * parameter comes after all that read it.
 */
function assignPhases({ calls, writes }: Program): Map<Call, number> {
  const producer = new Map(calls.flatMap((call) => call.outputs.map((value) => [value, call] as const)))
  const phaseOf = new Map<Call, number>()
  const after = (call: Call, value: Value): number => {
    const from = producer.get(value)
    if (!from || from === call || writes.get(from)?.includes(value)) return 0
    const phase = phaseOf.get(from)
    invariant(phase !== undefined, `${call.name} is listed before ${from.name}, whose result it reads`)
    return call.onImages && from.onImages && value.batched ? phase : phase + 1
  }
  for (const call of calls) phaseOf.set(call, Math.max(0, ...call.inputs.map((value) => after(call, value))))
  for (const [writer, params] of writes) {
    const readers = calls.filter((call) => call !== writer && call.inputs.some((value) => params.includes(value)))
    const earliest = Math.max(0, ...readers.map((call) => (phaseOf.get(call) as number) + 1))
    phaseOf.set(writer, Math.max(phaseOf.get(writer) as number, earliest))
  }
  return phaseOf
}

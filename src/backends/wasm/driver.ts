/**
 * @file Writes the functions that run a plan: one that takes a shard through a phase, one for the
 * calls on weights, and `step`, which a thread enters once and leaves when the whole step is done.
 * Threads meet only at barriers inside the WebAssembly code; no message is sent during a step.
 */

import { invariant } from '../../base/errors.ts'
import { type I32, type IntLike, i32, int, type Local } from '../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/module.ts'
import type { Plan } from '../../passes/cpu/plan.ts'
import type { Call, Value } from '../../passes/cpu/program.ts'
import { packs } from '../../passes/cpu/program.ts'
import type { Segment } from '../../passes/cpu/schedule.ts'
import { type Addresses, CONTROL } from './addresses.ts'
import { emitCall, takesScratch } from './emit-call.ts'

/** How often a waiting thread looks before it goes to sleep: about 50 microseconds. */
const SPINS = 20_000

export function emitDriver(module: ModuleBuilder, plan: Plan, at: Addresses, shared: boolean): void {
  const phases = emitPhases(module, plan, at)
  for (const { units, lane } of phases) {
    if (units) module.export(units)
    if (lane) module.export(lane)
  }
  if (shared) module.export(emitStep(module, plan, at, phases))
}

/** run(): the whole plan on the calling thread. */
export function emitRun(module: ModuleBuilder, plan: Plan, at: Addresses): FunctionBuilder {
  const phases = emitPhases(module, plan, at)
  return module.function('run', {}, (f) => {
    for (const { units, lane } of phases) {
      if (units) f.call(units, 0, 1)
      if (lane) f.range(0, plan.lanes, 1, (index) => f.call(lane, index, at.threads))
    }
  })
}

function emitPhases(module: ModuleBuilder, plan: Plan, at: Addresses): PhaseFunctions[] {
  return plan.phases.map((_, k) => ({
    units: plan.phases[k]?.unitCalls.length ? emitUnits(module, plan, at, k) : undefined,
    lane: plan.phases[k]?.segments.length ? emitLane(module, plan, at, k) : undefined,
  }))
}

interface PhaseFunctions {
  readonly units: FunctionBuilder | undefined
  readonly lane: FunctionBuilder | undefined
}

/** step(thread, threads, patience): see the barrier for the last one, which may be left out. */
function emitStep(module: ModuleBuilder, plan: Plan, at: Addresses, phases: readonly PhaseFunctions[]) {
  const barrier = emitBarrier(module, at)
  module.export(barrier)
  return module.function(
    'step',
    { thread: 'i32', threads: 'i32', patience: 'i32' },
    (f, { thread, threads, patience }) => {
      const lane = f.i32()
      phases.forEach((phase, k) => {
        if (phase.units) f.call(phase.units, thread, threads)
        if (phase.lane) {
          const laneFunction = phase.lane
          const next = () => f.set(lane, i32.atomicAdd(int(at.control), 1, CONTROL.lanes + 4 * k))
          next()
          f.if(i32.ltS(lane, plan.lanes), () =>
            f.doWhile(
              () => {
                f.call(laneFunction, lane, arena(at, plan, thread))
                next()
              },
              () => i32.ltS(lane, plan.lanes),
            ),
          )
        }
        f.call(barrier, threads, patience)
      })
    },
  )
}

function arena(at: Addresses, plan: Plan, thread: I32): I32 {
  return i32.add(at.threads, i32.mul(thread, plan.threadBytes))
}

/**
 * Sense-reversing barrier on a generation counter: spins for a moment, then sleeps. A thread that has waited for `patience`
 * seconds traps: the one that asks cannot hear that a worker died while it sleeps here. 0 waits as long as it takes.
 */
function emitBarrier(module: ModuleBuilder, at: Addresses): FunctionBuilder {
  const control = int(at.control)
  return module.function('barrier', { threads: 'i32', patience: 'i32' }, (f, { threads, patience }) => {
    const generation = f.let(i32.atomicLoad(control, CONTROL.generation))
    const same = () => i32.eq(i32.atomicLoad(control, CONTROL.generation), generation)
    f.if(i32.gtS(threads, 1), () =>
      f.if(
        i32.eq(i32.atomicAdd(control, 1, CONTROL.arrived), i32.sub(threads, 1)),
        () => {
          f.atomicStore(control, 0, CONTROL.arrived)
          f.drop(i32.atomicAdd(control, 1, CONTROL.generation))
          f.drop(i32.atomicNotify(control, -1, CONTROL.generation))
        },
        () => {
          const spins = f.let(int(SPINS))
          f.doWhile(
            () => f.inc(spins, -1),
            () => i32.and(same(), i32.gtS(spins, 0)),
          )
          f.if(same(), () => f.doWhile(() => emitPatientWait(f, control, generation, patience), same))
        },
      ),
    )
  })
}

/** Sleeps for a second at most; the one in which patience ends is the last. */
function emitPatientWait(f: FunctionBuilder, control: I32, generation: I32, patience: Local<'i32'>): void {
  const timedOut = i32.eq(i32.atomicWait(control, generation, CONTROL.generation, 1), 2)
  f.if(timedOut, () => {
    f.inc(patience, -1)
    f.if(i32.eqz(patience), () => f.trap())
  })
}

/** units<k>(thread, threads): each call's units are cut into one contiguous piece a thread. */
function emitUnits(module: ModuleBuilder, plan: Plan, at: Addresses, k: number): FunctionBuilder {
  const calls = (plan.phases[k]?.unitCalls ?? []).map((call, i) =>
    emitUnitCall(module, plan, at, `units${k}.${i}`, call),
  )
  return module.function(`units${k}`, { thread: 'i32', threads: 'i32' }, (f, { thread, threads }) => {
    for (const call of calls) f.call(call, thread, threads)
  })
}

/** A function (thread, threads) around one kernel; exported for the profiler. */
function emitUnitCall(module: ModuleBuilder, plan: Plan, at: Addresses, name: string, call: Call): FunctionBuilder {
  const kernel = emitCall(module, call, plan.lanes)
  const wrapper = module.function(name, { thread: 'i32', threads: 'i32' }, (f, { thread, threads }) => {
    const scratch = i32.add(arena(at, plan, thread), plan.scratchOffset)
    const cut = (index: IntLike) => i32.divU(i32.mul(call.units, index), threads)
    const pointers = [...call.inputs, ...call.outputs].map((value) => wholePointer(plan, at, value))
    const [begin, end] = [f.let(cut(thread)), f.let(cut(i32.add(thread, 1)))]
    const run = () => f.call(kernel, ...pointers, ...scratchFor(call, scratch), begin, end)
    f.if(i32.and(isDue(f, plan, at, call), i32.ltS(begin, end)), run)
  })
  module.export(wrapper)
  return wrapper
}

/** Whether this run has to do the call. */
function isDue(f: FunctionBuilder, plan: Plan, at: Addresses, call: Call): I32 {
  if (packs(call)) return i32.load(int(at.control), CONTROL.prepare)
  return plan.program.writes.has(call) ? mayCommit(f, plan, at) : int(1)
}

const EXPONENT = 0x7f800000

/** Whether parameters may be overwritten: the host allows it, and every element of the guard is finite. */
function mayCommit(f: FunctionBuilder, plan: Plan, at: Addresses): I32 {
  const allowed = f.let(i32.load(int(at.control), CONTROL.commit))
  const { guard } = plan.program
  if (!guard) return allowed
  const { rows, cols, pitch } = guard.storage
  const address = wholePointer(plan, at, guard)
  for (let row = 0; row < rows; row++)
    f.range(row * pitch * 4, (row * pitch + cols) * 4, 4, (offset) => {
      const bits = i32.and(i32.load(i32.add(address, offset)), EXPONENT)
      f.set(allowed, i32.and(allowed, i32.ne(bits, EXPONENT)))
    })
  return allowed
}

/** lane<k>(lane, arena): clears the lane's partial sums, then runs its images shard by shard. */
function emitLane(module: ModuleBuilder, plan: Plan, at: Addresses, k: number): FunctionBuilder {
  const segments = plan.phases[k]?.segments ?? []
  const shard = emitShard(module, plan, at, k, segments)
  const sums = segments
    .flatMap(({ calls }) => calls)
    .flatMap((call) => call.outputs.filter((value) => value.kind === 'lanes'))
  const clear = module.function(`clear${k}`, { lane: 'i32' }, (f, { lane }) => {
    for (const value of sums) f.zero(lanePointer(plan, at, value, lane), value.storage.bytes)
  })
  module.export(clear)
  return module.function(`lane${k}`, { lane: 'i32', arena: 'i32' }, (f, { lane, arena }) => {
    f.call(clear, lane)
    const count = f.let(i32.load(int(at.control), CONTROL.count))
    const end = f.let(i32.mul(i32.add(lane, 1), plan.laneImages))
    f.if(i32.ltS(count, end), () => f.set(end, count))
    f.range(i32.mul(lane, plan.laneImages), end, plan.shard, (first) => {
      const last = f.let(i32.add(first, plan.shard))
      f.if(i32.ltS(end, last), () => f.set(last, end))
      f.call(shard, first, last, lane, arena)
    })
  })
}

/** shard<k>(shard, end, lane, arena): images [shard, end) through all segments of the phase. */
function emitShard(module: ModuleBuilder, plan: Plan, at: Addresses, k: number, segments: readonly Segment[]) {
  let index = 0
  const wrapped = segments.map(({ calls, images }) => ({
    images,
    wrappers: calls.map((call) => emitImageCall(module, plan, at, `images${k}.${index++}`, call)),
  }))
  const params = { shard: 'i32', end: 'i32', lane: 'i32', arena: 'i32' } as const
  return module.function(`shard${k}`, params, (f, { shard, end, lane, arena }) => {
    for (const { images, wrappers } of wrapped)
      f.range(shard, end, images, (first) => {
        const last = f.let(i32.add(first, images))
        f.if(i32.ltS(end, last), () => f.set(last, end))
        for (const wrapper of wrappers) f.call(wrapper, shard, first, last, lane, arena)
      })
  })
}

const IMAGE_CALL_PARAMS = { shard: 'i32', first: 'i32', last: 'i32', lane: 'i32', arena: 'i32' } as const

/** A function (first of the shard, first, last, lane, arena) around one kernel; exported for the profiler. */
function emitImageCall(module: ModuleBuilder, plan: Plan, at: Addresses, name: string, call: Call): FunctionBuilder {
  const kernel = emitCall(module, call, plan.lanes)
  const wrapper = module.function(name, IMAGE_CALL_PARAMS, (f, p) => {
    const pointer = (value: Value): I32 => {
      const place = plan.places.get(value)
      if (place?.region === 'thread')
        return i32.add(i32.add(p.arena, place.offset), i32.mul(i32.sub(p.first, p.shard), place.stride))
      if (value.kind === 'lanes') return lanePointer(plan, at, value, p.lane)
      if (place?.region === 'input')
        return i32.add(i32.load(int(at.inputPointer(value.name))), i32.mul(p.first, value.storage.bytes))
      if (place?.region === 'plan' && value.batched)
        return i32.add(at.plan + place.offset, i32.mul(p.first, place.stride))
      return wholePointer(plan, at, value)
    }
    const scratch = i32.add(p.arena, plan.scratchOffset)
    const inputs = call.inputs.map((value) => (value === call.crosses ? wholePointer(plan, at, value) : pointer(value)))
    f.call(kernel, ...inputs, ...call.outputs.map(pointer), ...scratchFor(call, scratch), p.first, p.last)
  })
  module.export(wrapper)
  return wrapper
}

const scratchFor = (call: Call, scratch: I32) => (takesScratch(call) ? [scratch] : [])

function lanePointer(plan: Plan, at: Addresses, value: Value, lane: Local<'i32'>): I32 {
  const place = plan.places.get(value)
  invariant(place?.region === 'plan', `${value.name} has no lanes`)
  return i32.add(at.plan + place.offset, i32.mul(lane, place.stride))
}

/** The address of a value as a whole, of its first image where it has some. */
function wholePointer(plan: Plan, at: Addresses, value: Value): I32 {
  const place = plan.places.get(value)
  if (place?.region === 'param') return int(at.param(value.name))
  if (place?.region === 'scalar') return int(at.scalar(value))
  if (place?.region === 'input') return i32.load(int(at.inputPointer(value.name)))
  invariant(place?.region === 'plan', `${value.name} has no fixed address`)
  return int(at.plan + place.offset)
}

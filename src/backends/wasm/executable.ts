/**
 * @file A graph compiled for the wasm backend: addresses, the emitted module, and the traffic of
 * inputs and results between JavaScript and the linear memory.
 */
import { received, SeparableError } from '../../base/errors.ts'
import { ModuleBuilder } from '../../codegen/wasm/module.ts'
import type { Storage } from '../../ops/kernel.ts'
import { type Plan, printPlan } from '../../passes/plan.ts'
import type { Value } from '../../passes/program.ts'
import type { DType, TypedArray } from '../../tensor/ndarray.ts'
import type { Executable, Feed, Results } from '../engine.ts'
import { type Addresses, CONTROL, controlBytes, emitDriver } from './driver.ts'
import { runInline } from './inline.ts'
import type { EngineMemory } from './memory.ts'
import type { Job, JobExports, Pool } from './pool.ts'
import { type KernelTime, profilePlan } from './profile.ts'

/** Inputs of the next run are copied while the present one computes. */
const SLOTS = 2

interface Compiled extends Job {
  readonly plan: Plan
  readonly addresses: Addresses
}

/** What an executable needs of its engine. */
export interface Host {
  readonly memory: EngineMemory
  readonly pool: Pool
  param(name: string): number
  /** Address of at least `bytes` bytes that only the running executable uses. */
  workspace(bytes: number): number
}

interface Staged {
  readonly value: Value
  readonly pointer: number
  readonly slots: readonly number[]
}

export class WasmExecutable implements Executable {
  private readonly host: Host
  private readonly compiled: Compiled
  private readonly inputs: readonly Staged[]
  private readonly scalars: ReadonlyMap<Value, number>
  private runs = 0
  /** Until when the inputs in each slot are still needed. */
  private readonly busy: (Promise<void> | undefined)[] = []
  private readonly queue: (job: () => Promise<Results>) => Promise<Results>

  private constructor(
    host: Host,
    compiled: Compiled,
    inputs: readonly Staged[],
    scalars: Map<Value, number>,
    queue: WasmExecutable['queue'],
  ) {
    this.host = host
    this.compiled = compiled
    this.inputs = inputs
    this.scalars = scalars
    this.queue = queue
  }

  static async create(
    host: Host,
    id: number,
    plan: Plan,
    queue: (job: () => Promise<Results>) => Promise<Results>,
  ): Promise<WasmExecutable> {
    const { memory } = host
    const control = memory.allocate(controlBytes(plan))
    const scalars = placeScalars(plan, memory)
    const inputs = placeInputs(plan, memory)
    const workspace = host.workspace(plan.planBytes + host.pool.threads * plan.threadBytes)
    const addresses: Addresses = {
      control,
      plan: workspace,
      threads: workspace + plan.planBytes,
      param: (name) => host.param(name),
      scalar: (value) => scalars.get(value) as number,
      inputPointer: (name) => (inputs.find((input) => input.value.name === name) as Staged).pointer,
    }
    const module = await WebAssembly.compile(emitModule(plan, addresses, memory))
    const inline = (exports: JobExports) => runInline(exports, plan, addresses, memory)
    const compiled = { id, plan, addresses, module, ...(memory.shared ? {} : { inline }) }
    await host.pool.load(compiled)
    return new WasmExecutable(host, compiled, inputs, scalars, queue)
  }

  describe(): string {
    return printPlan(this.compiled.plan)
  }

  get plan(): Plan {
    return this.compiled.plan
  }

  run(feed: Feed): Promise<Results> {
    const { batch } = this.compiled.plan.program
    if (!Number.isInteger(feed.count) || feed.count < 1 || feed.count > batch)
      throw new SeparableError('argument', `run: count must be 1 to ${batch}, ${received(feed.count)}`)
    const slot = this.runs++ % SLOTS
    const before = this.busy[slot]
    const result = before === undefined ? this.submit(feed, slot) : before.then(() => this.submit(feed, slot))
    const busy: Promise<void> = result.then(
      () => this.release(slot, busy),
      () => this.release(slot, busy),
    )
    this.busy[slot] = busy
    return result
  }

  private submit(feed: Feed, slot: number): Promise<Results> {
    this.stage(feed, slot)
    return this.queue(async () => {
      this.start(feed, slot)
      await this.host.pool.run(this.compiled)
      return this.collect(feed.count)
    })
  }

  private release(slot: number, busy: Promise<void>): void {
    if (this.busy[slot] === busy) this.busy[slot] = undefined
  }

  /** Runs once on this thread, kernel by kernel, after a run with the same feed has put its inputs in place. */
  async profile(count: number): Promise<KernelTime[]> {
    const { module, plan, addresses } = this.compiled
    const instance = await WebAssembly.instantiate(module, { env: { memory: this.host.memory.memory } })
    return profilePlan(instance.exports as unknown as JobExports, plan, addresses, count)
  }

  private stage(feed: Feed, slot: number): void {
    for (const { value, slots } of this.inputs) {
      const data = feed.inputs[value.name]
      const { rows, cols } = value.storage
      const wanted = feed.count * rows * cols
      if (!data || data.length !== wanted)
        throw new SeparableError(
          'shape',
          `run: input ${value.name} needs ${wanted} elements, ${received(data ? data.length : undefined)}`,
        )
      copyIn(this.host.memory, slots[slot] as number, value.storage, feed.count, data)
    }
  }

  private start(feed: Feed, slot: number): void {
    const { memory } = this.host
    const { addresses, plan } = this.compiled
    memory.i32(addresses.control + CONTROL.count, 1)[0] = feed.count
    memory.i32(addresses.control + CONTROL.lanes, plan.phases.length).fill(0)
    for (const { pointer, slots } of this.inputs) memory.i32(pointer, 1)[0] = slots[slot] as number
    for (const [value, address] of this.scalars) {
      const scalar = value.constant ?? feed.scalars?.[value.name]
      if (scalar === undefined) throw new SeparableError('argument', `run: scalar ${value.name} is missing`)
      memory.f32(address, 4).fill(scalar)
    }
  }

  /** Where a result lies; a graph may also return what it was fed. */
  private addressOf(value: Value): number {
    const { plan, addresses } = this.compiled
    const place = plan.places.get(value)
    if (place?.region === 'plan') return addresses.plan + place.offset
    if (place?.region === 'input') return this.host.memory.i32(addresses.inputPointer(value.name), 1)[0] as number
    return place?.region === 'scalar' ? addresses.scalar(value) : this.host.param(value.name)
  }

  private collect(count: number): Results {
    const { plan } = this.compiled
    const entries = [...plan.program.outputs].map(([name, value]) => {
      const items = value.batched ? count : 1
      return [name, copyOut(this.host.memory, this.addressOf(value), value.storage, items)] as const
    })
    return Object.fromEntries(entries)
  }
}

function placeScalars(plan: Plan, memory: EngineMemory): Map<Value, number> {
  const scalars = plan.program.values.filter((value) => value.kind === 'scalar')
  return new Map(scalars.map((value) => [value, memory.allocate(value.storage.bytes)]))
}

function placeInputs(plan: Plan, memory: EngineMemory): Staged[] {
  return plan.program.values
    .filter((value) => value.kind === 'input')
    .map((value) => ({
      value,
      pointer: memory.allocate(4),
      slots: Array.from({ length: SLOTS }, () => memory.allocate(value.storage.bytes * plan.program.batch)),
    }))
}

function emitModule(plan: Plan, addresses: Addresses, memory: EngineMemory): Uint8Array<ArrayBuffer> {
  const { isa } = plan.machine
  const module = new ModuleBuilder({ isa, shared: memory.shared, maxPages: memory.maxPages })
  emitDriver(module, plan, addresses, memory.shared)
  return module.toBytes()
}

function view(memory: EngineMemory, dtype: DType, address: number, length: number): TypedArray {
  if (dtype === 'u8') return memory.u8(address, length)
  return dtype === 'i32' ? memory.i32(address, length) : memory.f32(address, length)
}

/** Copies rows into place, leaving their padding as it is. */
export function copyIn(
  memory: EngineMemory,
  address: number,
  { rows, cols, pitch, dtype }: Storage,
  items: number,
  data: ArrayLike<number>,
): void {
  const length = items * rows * pitch
  const to = view(memory, dtype, address, length)
  if (cols === pitch) to.set(data)
  else
    for (let row = 0, from = 0; row < length; row += pitch)
      for (let col = 0; col < cols; col++) to[row + col] = data[from++] as number
}

/** Copies rows out, dropping their padding. */
export function copyOut(
  memory: EngineMemory,
  address: number,
  { rows, cols, pitch, dtype }: Storage,
  items: number,
): Float32Array<ArrayBuffer> {
  const from = view(memory, dtype, address, items * rows * pitch)
  if (cols === pitch) return new Float32Array(from)
  const out = new Float32Array(items * rows * cols)
  for (let row = 0, to = 0; row < from.length; row += pitch)
    for (let col = 0; col < cols; col++) out[to++] = from[row + col] as number
  return out
}

/**
 * @file A graph compiled for the wasm backend: addresses, the emitted module, and the traffic of
 * inputs and results between JavaScript and the linear memory.
 */

import { received, SeparableError } from '../../base/errors.ts'
import { debug, flags } from '../../base/flags.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import { printFunction } from '../../codegen/print.ts'
import { WasmModule } from '../../codegen/wasm/module.ts'
import type { Storage } from '../../ops/cpu/storage.ts'
import { footprintOf, type MemoryPart } from '../../passes/cpu/footprint.ts'
import { type Plan, printPlan } from '../../passes/cpu/plan.ts'
import type { Value } from '../../passes/cpu/program.ts'
import type { TypedArray } from '../../tensor/ndarray.ts'
import type { Executable, Feed, GraphMemoryKind, Items, KernelTime, Results } from '../engine.ts'
import { type Addresses, addressOf, CONTROL, controlBytes } from './addresses.ts'
import { runChecked } from './check.ts'
import { compileModule } from './compile-module.ts'
import { emitDriver } from './driver.ts'
import { canGather, type Gathering, GatherSpace } from './gather.ts'
import { runInline } from './inline.ts'
import type { Job, JobExports } from './job.ts'
import type { EngineMemory } from './memory.ts'
import type { Pool } from './pool.ts'
import { printProfile, profilePlan } from './profile.ts'
import { copyIn, copyItemsIn, copyOut } from './rows.ts'

/** Inputs of the next run are copied while the present one computes. */
const SLOTS = 2

/**
 * Bytes for each byte of a module: machine code of V8's two compilers, their notes, and what is left of emitting it.
 * Measured with Node 20: memory.test.ts judges it.
 */
const CODE_EXPANSION = 40

interface Compiled extends Job {
  readonly plan: Plan
  /** Length of the module. */
  readonly bytes: number
  readonly addresses: Addresses
}

/** What an executable needs of its engine. */
export interface Host {
  readonly memory: EngineMemory
  readonly pool: Pool
  param(name: string): number
  /** Address of at least `bytes` bytes that only the running executable uses. */
  workspace(bytes: number): number
  /** Who ran last and left its prepared weights in the workspace; nobody once a parameter has changed. */
  prepared: WasmExecutable | undefined
}

/** Runs jobs of all executables one after the other. */
type Queue = <T>(job: () => Promise<T>) => Promise<T>

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
  /** Runs that have been asked for. */
  private runs = 0
  /** Runs that have begun. */
  private done = 0
  /** Runs whose guard was not finite. */
  private rejected = 0
  /** Until when the inputs in each slot are still needed. */
  private readonly busy: (Promise<void> | undefined)[] = []
  private readonly queue: Queue
  private readonly gathers: GatherSpace

  private constructor(
    host: Host,
    compiled: Compiled,
    inputs: readonly Staged[],
    scalars: Map<Value, number>,
    queue: Queue,
  ) {
    this.host = host
    this.compiled = compiled
    this.inputs = inputs
    this.scalars = scalars
    this.queue = queue
    this.gathers = new GatherSpace(host.memory, SLOTS, inputs.length, compiled.plan.program.batch)
  }

  static async create(host: Host, id: number, plan: Plan, queue: Queue): Promise<WasmExecutable> {
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
    const bytes = emitModule(id, plan, addresses, memory)
    const module = await compileModule(bytes)
    const inline = (exports: JobExports) => runInline(exports, plan, addresses, memory)
    const compiled = { id, plan, bytes: bytes.length, addresses, module, meets: true, inline }
    // Before the workers load it: they know the memory as far as it reaches then.
    const executable = new WasmExecutable(host, compiled, inputs, scalars, queue)
    await host.pool.load(compiled)
    return executable
  }

  describe(): string {
    return printPlan(this.compiled.plan)
  }

  footprint(): MemoryPart<GraphMemoryKind>[] {
    const { plan, bytes } = this.compiled
    const inputs = this.inputs.map(({ value }) => SLOTS * value.storage.bytes * plan.program.batch)
    const scalars = [...this.scalars.keys()].map(({ storage }) => storage.bytes)
    const fed = [controlBytes(plan), ...scalars, ...inputs].reduce((sum, part) => sum + part)
    return [
      ...footprintOf(plan, this.host.pool.threads),
      { kind: 'inputs', label: '', bytes: fed },
      { kind: 'code', label: '', bytes: CODE_EXPANSION * bytes },
    ]
  }

  get plan(): Plan {
    return this.compiled.plan
  }

  run(feed: Feed): Promise<Results> {
    const { rejected } = this
    return this.inSlot(feed, async (slot, later) => {
      this.start(feed, slot, rejected === this.rejected)
      await this.compute(feed, later)
      if (!this.isGuardFinite()) this.rejected += 1
      return this.collect(feed.count)
    })
  }

  profile(feed: Feed): Promise<KernelTime[]> {
    return this.inSlot(feed, async (slot, later) => {
      this.start(feed, slot, false)
      this.copyNow(later)
      return this.runProfiled(feed.count)
    })
  }

  /** Copies the inputs into a free slot at once or as soon as there is one; runs the job when its turn has come. */
  private inSlot<T>(feed: Feed, job: (slot: number, later: readonly Later[]) => Promise<T>): Promise<T> {
    const { batch } = this.compiled.plan.program
    if (!Number.isInteger(feed.count) || feed.count < 1 || feed.count > batch)
      throw new SeparableError('argument', `run: count must be 1 to ${batch}, ${received(feed.count)}`)
    const slot = this.runs++ % SLOTS
    const before = this.busy[slot]
    const submit = () => {
      const later = this.stage(feed, slot)
      return this.queue(() => job(slot, later))
    }
    const result = before === undefined ? submit() : before.then(submit)
    const busy: Promise<void> = result.then(
      () => this.release(slot, busy),
      () => this.release(slot, busy),
    )
    this.busy[slot] = busy
    return result
  }

  /** Runs what has been put in place, in the way that the debug flags ask for. */
  private async compute({ count }: Feed, later: readonly Later[]): Promise<void> {
    const start = performance.now()
    const { id, plan, addresses } = this.compiled
    const profiles = flags.debug >= 2 && this.done === 1
    this.done += 1
    if (flags.check || profiles) this.copyNow(later)
    if (flags.check) runChecked(await this.instantiate(), plan, addresses, this.host.memory, count)
    else if (profiles) flags.print(`graph ${id}: ${printProfile(await this.runProfiled(count))}`)
    else await this.host.pool.run(this.compiled, await this.describeGathering(later, count))
    debug(1, () => {
      const ms = (performance.now() - start).toFixed(2)
      return `graph ${id}, run ${this.done}: ${count} of ${plan.program.batch} images in ${ms} ms`
    })
  }

  private async describeGathering(later: readonly Later[], count: number): Promise<number> {
    if (later.length === 0) return 0
    const gatherings = []
    for (const { gathering } of later)
      gatherings.push({ ...gathering, source: await this.host.pool.share(gathering.buffer) })
    return this.gathers.describe(gatherings, count)
  }

  /** Copies on this thread what the workers would have copied. */
  private copyNow(later: readonly Later[]): void {
    for (const { storage, items, gathering } of later)
      copyItemsIn(this.host.memory, gathering.destination, storage, items)
  }

  private isGuardFinite(): boolean {
    const { guard } = this.compiled.plan.program
    return !guard || this.copyOf(guard, 1).every(Number.isFinite)
  }

  private release(slot: number, busy: Promise<void>): void {
    if (this.busy[slot] === busy) this.busy[slot] = undefined
  }

  private async runProfiled(count: number): Promise<KernelTime[]> {
    const { plan, addresses } = this.compiled
    return profilePlan(await this.instantiate(), plan, addresses, count)
  }

  private async instantiate(): Promise<JobExports> {
    const imports = { env: { memory: this.host.memory.memory } }
    return (await WebAssembly.instantiate(this.compiled.module, imports)).exports as unknown as JobExports
  }

  /** Copies the inputs into a slot, but for those that the workers copy when they begin. */
  private stage({ count, inputs }: Feed, slot: number): Later[] {
    const { memory } = this.host
    return this.inputs.flatMap(({ value, slots }, i) => {
      const { name, storage } = value
      const fed = checkItems(name, storage, count, inputs[name])
      const destination = slots[slot] as number
      if (!('order' in fed)) copyIn(memory, destination, storage, count, fed)
      else if (!this.host.pool.gathers || !canGather(fed, storage)) copyItemsIn(memory, destination, storage, fed)
      else {
        const gathering = this.gathers.note(fed, storage, slot, i, destination)
        return [{ storage, items: { ...fed, order: fed.order.slice() }, gathering }]
      }
      return []
    })
  }

  private start(feed: Feed, slot: number, commit: boolean): void {
    const { memory } = this.host
    const { addresses, plan } = this.compiled
    memory.i32(addresses.control + CONTROL.count, 1)[0] = feed.count
    memory.i32(addresses.control + CONTROL.commit, 1)[0] = Number(commit)
    memory.i32(addresses.control + CONTROL.prepare, 1)[0] = Number(this.host.prepared !== this)
    this.host.prepared = plan.program.writes.size === 0 ? this : undefined
    memory.i32(addresses.control + CONTROL.lanes, plan.phases.length).fill(0)
    for (const { pointer, slots } of this.inputs) memory.i32(pointer, 1)[0] = slots[slot] as number
    for (const [value, address] of this.scalars) {
      const scalar = value.constant ?? feed.scalars?.[value.name]
      if (scalar === undefined) throw new SeparableError('argument', `run: scalar ${value.name} is missing`)
      memory.f32(address, 4).fill(scalar)
    }
  }

  private collect(count: number): Results {
    const { outputs } = this.compiled.plan.program
    const entries = [...outputs].map(([name, value]) => [name, this.copyOf(value, value.batched ? count : 1)] as const)
    return Object.fromEntries(entries)
  }

  private copyOf(value: Value, items: number): Float32Array<ArrayBuffer> {
    const { plan, addresses } = this.compiled
    const { memory } = this.host
    return copyOut(memory, addressOf(value, plan, addresses, memory), value.storage, items)
  }
}

/** An input that is copied when the run begins. */
interface Later {
  readonly storage: Storage
  readonly items: Items
  readonly gathering: Gathering
}

/** @throws SeparableError (`shape`, `argument`) unless there are `count` items, all of them within their array */
function checkItems(name: string, { rows, cols }: Storage, count: number, fed: TypedArray | Items | undefined) {
  const size = rows * cols
  const order = fed && 'order' in fed ? fed.order : undefined
  const length = fed && ('order' in fed ? fed.order.length * fed.size : fed.length)
  if (!fed || length !== count * size)
    throw new SeparableError('shape', `run: input ${name} needs ${count * size} elements, ${received(length)}`)
  const available = 'order' in fed ? fed.data.length / size : count
  const beyond = order?.find((item) => item >= available)
  if (beyond !== undefined)
    throw new SeparableError('argument', `run: input ${name} has ${available} items, ${received(`item ${beyond}`)}`)
  return fed
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

function emitModule(id: number, plan: Plan, addresses: Addresses, memory: EngineMemory): Uint8Array<ArrayBuffer> {
  const texts: string[] = []
  const look = flags.debug >= 6 ? (f: FunctionBuilder) => void texts.push(printFunction(f)) : undefined
  const module = new WasmModule(plan.machine.isa, look)
  emitDriver(module, plan, addresses, memory.shared)
  const bytes = module.toBytes({ shared: memory.shared, maxPages: memory.maxPages })
  debug(6, () => {
    const kept = flags.keep(`graph${id}.wasm`, bytes)
    const sizes = `graph ${id}: ${bytes.length} bytes of code${kept ? ` in ${kept}` : ''}`
    return [sizes, ...texts].join('\n\n')
  })
  return bytes
}

/**
 * @file A graph as a WebAssembly module that runs without this library: on one thread, in a memory of its own, at addresses
 * that are known when it is emitted. Multiply and add stay apart (no relaxed SIMD), so it runs wherever there is SIMD, and
 * computes the same bits everywhere.
 */

import { invariant } from '../../base/errors.ts'
import { WasmModule } from '../../codegen/wasm/module.ts'
import type { Graph } from '../../ir/graph.ts'
import type { Machine } from '../../ops/cpu/contract.ts'
import { cpuKernelOf } from '../../ops/cpu.ts'
import { align } from '../../passes/cpu/memory.ts'
import { makePlan, type Plan } from '../../passes/cpu/plan.ts'
import type { Value } from '../../passes/cpu/program.ts'
import { type Addresses, CONTROL, controlBytes } from './addresses.ts'
import { emitRun } from './driver.ts'

/** Small tiles need no fused multiply-add and few registers: the choice that no compiler handles badly. */
const MACHINE: Machine = { isa: 'simd', tileRows: 4 }
const PAGE = 65536
/** Address 0 stays unused. */
const FIRST_ADDRESS = 1024

/** `rows` rows of `cols` f32 numbers, the beginnings of rows `pitch` numbers apart. */
export interface Slot {
  readonly address: number
  readonly rows: number
  readonly cols: number
  readonly pitch: number
}

/** Memory of `pages` pages holds zeros, `head` and the parameters; then `run` computes outputs from inputs. */
export interface Standalone {
  /** The module: it imports `env.memory` and exports `run()`. */
  readonly code: Uint8Array<ArrayBuffer>
  readonly pages: number
  readonly head: { readonly address: number; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Address of the i32 that is 1 while the next run has to prepare the weights: in `head`, and until it is cleared. */
  readonly prepare: number
  readonly params: ReadonlyMap<string, Slot>
  readonly inputs: ReadonlyMap<string, Slot>
  readonly outputs: ReadonlyMap<string, Slot>
}

/** @param graph of one image, whose inputs are f32 and which changes no parameter */
export function emitStandalone(graph: Graph): Standalone {
  const plan = makePlan(graph, 1, { machine: MACHINE, kernelOf: cpuKernelOf })
  let top = FIRST_ADDRESS
  const allocate = (bytes: number) => {
    const address = align(top)
    top = address + bytes
    return address
  }
  const ofKind = (wanted: Value['kind']) => plan.program.values.filter(({ kind }) => kind === wanted)
  const place = (values: readonly Value[], bytesOf = (value: Value) => value.storage.bytes) =>
    new Map(values.map((value) => [value, allocate(bytesOf(value))]))
  const control = allocate(controlBytes(plan))
  const pointers = place(ofKind('input'), () => 4)
  const scalars = place(ofKind('scalar'))
  const headEnd = top
  const [params, inputs] = [place(ofKind('param')), place(ofKind('input'))]
  const [planAddress, threads] = [allocate(plan.planBytes), allocate(plan.threadBytes)]
  const byName = (map: ReadonlyMap<Value, number>) => new Map([...map].map(([{ name }, address]) => [name, address]))
  const [paramOf, pointerOf] = [byName(params), byName(pointers)]
  const at: Addresses = {
    control,
    plan: planAddress,
    threads,
    param: (name) => paramOf.get(name) as number,
    scalar: (value) => scalars.get(value) as number,
    inputPointer: (name) => pointerOf.get(name) as number,
  }
  const pages = Math.ceil(top / PAGE)
  const module = new WasmModule(MACHINE.isa)
  const slots = (map: ReadonlyMap<Value, number>) =>
    new Map([...map].map(([value, address]) => [value.name, slotOf(value, address)]))
  return {
    code: module.toBytes({ shared: false, maxPages: pages, only: emitRun(module, plan, at) }),
    pages,
    head: { address: control, bytes: headBytes(control, headEnd, inputs, pointers, scalars) },
    prepare: control + CONTROL.prepare,
    params: slots(params),
    inputs: slots(inputs),
    outputs: outputSlots(plan, planAddress, new Map([...params, ...inputs])),
  }
}

function slotOf({ storage: { rows, cols, pitch, dtype }, name }: Value, address: number): Slot {
  invariant(dtype === 'f32', `${name} holds ${dtype}`)
  return { address, rows, cols, pitch }
}

/** The words that runs of other modules are handed: how many images, where inputs lie, numbers that the graph holds. */
function headBytes(
  from: number,
  to: number,
  inputs: ReadonlyMap<Value, number>,
  pointers: ReadonlyMap<Value, number>,
  scalars: ReadonlyMap<Value, number>,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(to - from)
  const view = new DataView(bytes.buffer)
  view.setInt32(CONTROL.count, 1, true)
  view.setInt32(CONTROL.prepare, 1, true)
  for (const [value, pointer] of pointers) view.setInt32(pointer - from, inputs.get(value) as number, true)
  for (const [{ name, constant, storage }, address] of scalars) {
    invariant(constant !== undefined, `the scalar ${name} has no value of its own`)
    for (let offset = 0; offset < storage.bytes; offset += 4) view.setFloat32(address - from + offset, constant, true)
  }
  return bytes
}

function outputSlots({ program, places }: Plan, plan: number, fixed: ReadonlyMap<Value, number>): Map<string, Slot> {
  const addressOf = (value: Value): number => {
    const place = places.get(value)
    const address = place?.region === 'plan' ? plan + place.offset : fixed.get(value)
    invariant(address !== undefined, `${value.name} has no fixed address`)
    return address
  }
  return new Map([...program.outputs].map(([name, value]) => [name, slotOf(value, addressOf(value))]))
}

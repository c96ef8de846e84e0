/**
 * @file Runs one WebAssembly kernel by itself, for tests and benches: one function in a module of its own, each operand
 * alone between canaries, NaN wherever a kernel must not look. Nothing here depends on the test runner.
 */

import { invariant } from '../../base/errors.ts'
import type { Local } from '../../codegen/expr.ts'
import type { ModuleBuilder } from '../../codegen/module.ts'
import { WasmModule } from '../../codegen/wasm/module.ts'
import { operandsOf, resultOf } from '../../ir/fused.ts'
import { type Node, type TensorType, worksOnImages } from '../../ir/node.ts'
import type { CpuKernel, KernelCall } from '../cpu/contract.ts'
import { type Storage, storageOf } from '../cpu/storage.ts'

const PAGE = 65536
/** Bytes of canary before and after each operand. */
const FENCE = 128
const CANARY = 0xa5

type Emitted = (...args: number[]) => void

/** A kernel compiled for one call, with memory for its operands. */
export class KernelBench {
  readonly call: KernelCall
  private readonly memory: WebAssembly.Memory
  private readonly operands: readonly Placed[]
  private readonly output: Placed
  private readonly scratch: number
  private readonly run: Emitted
  private readonly prepare: readonly (() => void)[]
  private readonly fences: readonly number[]

  constructor(kernel: CpuKernel, call: KernelCall) {
    this.call = call
    const layout = new Layout()
    const nodes = [...operandsOf(call), ...call.extras]
    this.operands = nodes.map((node) => layout.place(node))
    this.output = layout.place(resultOf(call))
    this.scratch = layout.reserve(kernel.scratchBytes?.(call) ?? 0)
    const forms = Object.entries(kernel.pack?.(call) ?? {}).map(([index, form]) => {
      const operand = operandsOf(call).indexOf(call.node.inputs[Number(index)])
      return { operand, form, address: layout.reserve(form.bytes) }
    })
    this.fences = layout.fences
    const pages = Math.ceil(layout.end / PAGE)
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    const module = new WasmModule(call.machine.isa)
    const prepared = forms.map(({ form }) => form.emit(module))
    const main = kernelFunction(module, kernel, call, nodes.length)
    for (const f of [...prepared, main]) module.export(f)
    const instance = instantiate(module.toBytes({ shared: false, maxPages: pages }), this.memory)
    this.run = instance[main.name]
    this.prepare = forms.map(({ operand, form, address }, i) => {
      const source = this.operands[operand]
      const write = instance[prepared[i].name]
      return () => {
        source.prepared = address
        // In two pieces, as threads would.
        const half = form.units >> 1
        write(source.address, address, half, form.units)
        write(source.address, address, 0, half)
      }
    })
    new Uint8Array(this.memory.buffer).fill(0xff)
    for (const fence of this.fences) new Uint8Array(this.memory.buffer, fence, FENCE).fill(CANARY)
  }

  /**
   * Stores operands, row-major without padding, in the order of `operandsOf` and then the extras; then prepares
   * weights.
   */
  write(values: readonly ArrayLike<number>[]): void {
    this.operands.forEach((operand, i) => {
      scatter(this.memory, operand, values[i])
    })
    for (const prepare of this.prepare) prepare()
  }

  /** Fills the result with one number, e.g. 0 before sums over images. */
  fill(value: number): void {
    const { address, count, storage } = this.output
    view(this.memory, storage, address, count).fill(value)
  }

  /** Computes images (or units, or pieces) [begin, end). */
  execute(begin: number, end: number): void {
    const onImages = worksOnImages(this.call.node) && !this.call.inPieces
    const crossed = this.operands[this.call.node.op.traits.crossesImages ?? -1]
    const at = (operand: Placed) => {
      const { address, prepared, node, storage } = operand
      return prepared ?? (onImages && node.batched && operand !== crossed ? address + begin * storage.bytes : address)
    }
    this.run(...this.operands.map(at), at(this.output), this.scratch, begin, end)
  }

  /** The result, row-major without padding. */
  read(): Float32Array {
    const { address, count, storage } = this.output
    const { rows, cols, pitch } = storage
    const stored = view(this.memory, storage, address, count)
    return Float32Array.from(
      { length: count * rows * cols },
      (_, i) => stored[Math.floor(i / cols) * pitch + (i % cols)],
    )
  }

  /** @throws SeparableError when a byte outside the operands was written. */
  checkFences(): void {
    const bytes = new Uint8Array(this.memory.buffer)
    for (const fence of this.fences)
      for (let i = fence; i < fence + FENCE; i++)
        invariant(
          bytes[i] === CANARY,
          `${this.call.node.op.name} wrote outside its operands, at byte ${i - fence} of a fence`,
        )
  }
}

/** An operand in memory; weights that the kernel wants in another form are found at `prepared`. */
interface Placed {
  readonly node: TensorType
  readonly storage: Storage
  /** Images of a batched value, otherwise 1. */
  readonly count: number
  readonly address: number
  prepared?: number
}

class Layout {
  end = 64
  readonly fences: number[] = []

  /** Room between two fences, at a multiple of 64. */
  reserve(bytes: number): number {
    const address = Math.ceil((this.end + FENCE) / 64) * 64
    this.fences.push(address - FENCE, address + bytes)
    this.end = address + bytes + FENCE
    return address
  }

  place(node: Node): Placed {
    const storage = storageOf(node)
    const count = node.batched ? node.shape[0] : 1
    return { node, storage, count, address: this.reserve(storage.bytes * count) }
  }
}

function kernelFunction(module: ModuleBuilder, kernel: CpuKernel, call: KernelCall, operands: number) {
  const names = [...Array.from({ length: operands }, (_, i) => `in${i}`), 'output', 'scratch', 'begin', 'end']
  const params = Object.fromEntries(names.map((name) => [name, 'i32' as const]))
  return module.function(call.node.op.name, params, (f, p: Record<string, Local<'i32'>>) => {
    const pointers = names.slice(0, operands).map((name) => p[name])
    const inputs = pointers.slice(0, operands - call.extras.length)
    const extras = pointers.slice(inputs.length)
    const { output, scratch, begin, end } = p
    kernel.emit(f, { inputs, extras, output, scratch, begin, end }, call)
  })
}

function instantiate(code: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): Record<string, Emitted> {
  const compiled = new WebAssembly.Module(code)
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as Record<string, Emitted>
}

function view(memory: WebAssembly.Memory, { dtype, bytes }: Storage, address: number, count: number) {
  if (dtype === 'u8') return new Uint8Array(memory.buffer, address, bytes * count)
  return new (dtype === 'i32' ? Int32Array : Float32Array)(memory.buffer, address, (bytes * count) / 4)
}

/** Elements to their places; what lies between them stays. */
function scatter(memory: WebAssembly.Memory, { storage, address, count }: Placed, values: ArrayLike<number>): void {
  const { cols, pitch } = storage
  const stored = view(memory, storage, address, count)
  for (let i = 0; i < values.length; i++) stored[Math.floor(i / cols) * pitch + (i % cols)] = values[i]
}

/**
 * @file One kernel for a group of elementwise ops with results of equal type: each vector of the
 * operands is loaded once, goes through all ops in registers, and what is needed elsewhere is stored.
 */
import { type I32, type IntLike, i32, type Local, type V128, v128 } from '../../codegen/wasm/expr.ts'
import type { FunctionBuilder } from '../../codegen/wasm/module.ts'
import type { Node } from '../../ir/node.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { sameType } from '../infer.ts'
import { storageOf } from '../kernel.ts'
import { emitElementwise } from './wasm.ts'

export interface ElementwiseGroup {
  /** Inputs before users. All have one type. */
  readonly nodes: readonly Node[]
  /** Operands that are computed elsewhere: of the same type, or unbatched [C] or [1]. */
  readonly inputs: readonly Node[]
  /** Nodes of the group that are used elsewhere. */
  readonly outputs: readonly Node[]
}

export interface GroupParams {
  /**
   * In the order of the group. Batched operands point at image `begin`, others at their start. An
   * output may have the address of an input: each vector is loaded before it is stored.
   */
  readonly inputs: readonly Local<'i32'>[]
  readonly outputs: readonly Local<'i32'>[]
  /** Images of a batched group, units of another. */
  readonly begin: Local<'i32'>
  readonly end: Local<'i32'>
}

/** How an operand meets the elements of the result: its own element, that of the column, or the only one. */
type Reach = 'element' | 'column' | 'only'

function reachOf(input: Node, group: ElementwiseGroup): Reach {
  if (sameType(input, group.nodes[0])) return 'element'
  return sizeOf(input.shape) === 1 ? 'only' : 'column'
}

function readsColumns(group: ElementwiseGroup): boolean {
  return group.inputs.some((input) => reachOf(input, group) === 'column')
}

/** Pieces of an unbatched group that threads may split: rows if columns matter, else vectors. */
export function groupUnits(group: ElementwiseGroup): number {
  const { rows, pitch } = storageOf(group.nodes[0])
  return readsColumns(group) ? rows : (rows * pitch) / 4
}

/** Writes the body of the kernel: images or units [begin, end). */
export function emitGroup(f: FunctionBuilder, group: ElementwiseGroup, params: GroupParams): void {
  const { rows, pitch, bytes } = storageOf(group.nodes[0])
  const { batched } = group.nodes[0]
  const byRows = readsColumns(group)
  const rowBytes = pitch * 4
  const unitBytes = batched ? bytes : byRows ? rowBytes : 16
  const start = batched ? 0 : f.let(i32.mul(params.begin, unitBytes))
  const count = i32.sub(params.end, params.begin)
  const loop = new VectorLoop(f, group, params, start)
  if (byRows) f.repeat(i32.mul(count, batched ? rows : 1), () => loop.row(pitch / 4))
  else loop.vectors(f.let(i32.mul(count, unitBytes / 16)))
}

/** Moving pointers into the operands, and the code between loads and stores. */
class VectorLoop {
  private readonly f: FunctionBuilder
  private readonly group: ElementwiseGroup
  /** Reads an operand's vector `offset` bytes behind its pointer. */
  private readonly loads: ((offset: number) => V128)[] = []
  private readonly outputs: readonly Local<'i32'>[]
  private readonly moving: Local<'i32'>[] = []
  private readonly columns: { pointer: Local<'i32'>; start: I32 }[] = []

  constructor(f: FunctionBuilder, group: ElementwiseGroup, params: GroupParams, start: IntLike) {
    this.f = f
    this.group = group
    group.inputs.forEach((input, i) => {
      this.loads.push(this.operand(params.inputs[i], reachOf(input, group), start))
    })
    this.outputs = params.outputs.map((output) => this.pointer(i32.add(output, start)))
  }

  private pointer(start: I32): Local<'i32'> {
    const pointer = this.f.let(start)
    this.moving.push(pointer)
    return pointer
  }

  private operand(base: Local<'i32'>, reach: Reach, start: IntLike): (offset: number) => V128 {
    if (reach === 'only') {
      const splat = this.f.let(v128.loadSplat(base))
      return () => splat
    }
    const pointer = this.pointer(reach === 'column' ? base : i32.add(base, start))
    if (reach === 'column') this.columns.push({ pointer, start: base })
    return (offset) => v128.load(pointer, offset)
  }

  /** One row of `count` vectors. */
  row(count: number): void {
    for (const { pointer, start } of this.columns) this.f.set(pointer, start)
    this.vectors(count)
  }

  /** The next `count` vectors, two at a time. */
  vectors(count: IntLike): void {
    this.f.repeat(i32.shrU(count, 1), () => {
      this.vector(0)
      this.vector(16)
      this.advance(32)
    })
    this.f.repeat(i32.and(count, 1), () => {
      this.vector(0)
      this.advance(16)
    })
  }

  private vector(offset: number): void {
    const { f, group } = this
    const values = new Map<Node, V128>()
    group.inputs.forEach((input, i) => {
      values.set(input, f.let(this.loads[i](offset)))
    })
    for (const node of group.nodes) {
      const args = node.inputs.map((input) => values.get(input) as V128)
      values.set(node, f.let(emitElementwise(f, node, args)))
    }
    group.outputs.forEach((output, i) => {
      f.store(this.outputs[i], values.get(output) as V128, offset)
    })
  }

  private advance(bytes: number): void {
    for (const pointer of this.moving) this.f.inc(pointer, bytes)
  }
}

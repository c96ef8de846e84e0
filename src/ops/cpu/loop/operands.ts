/** @file What a group of elementwise ops consists of, and how its loops read operands and compute a vector of each node. */

import { f32x4, type I32, type IntLike, i32, type Local, type V128, v128 } from '../../../codegen/expr.ts'
import type { FunctionBuilder } from '../../../codegen/module.ts'
import type { Node } from '../../../ir/node.ts'
import { emitElementwise } from '../../elementwise/cpu.ts'
import { storageOf } from '../storage.ts'
import { type ElementwiseGroup, isSum, reachOf, visitedBy } from './group.ts'

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

/** Where a group finds and puts the elements of the loop. */
export interface Operands {
  /** Pointers into the values that have an element for each of the loop; they move along. */
  readonly moving: readonly Local<'i32'>[]
  /** For each input: how to read its vector, given the moving pointers. */
  readonly inputs: readonly Operand[]
  /** For each output: the moving pointer, or for a sum where it is added to. */
  readonly outputs: readonly { readonly pointer: Local<'i32'>; readonly sums: boolean }[]
}

export type Operand =
  | { readonly reach: 'element'; readonly pointer: Local<'i32'>; readonly lanes: number; readonly laneBytes: number }
  | { readonly reach: 'column'; readonly pointer: Local<'i32'> }
  | { readonly reach: 'only'; readonly value: Local<'v128'> }

export function openOperands(
  f: FunctionBuilder,
  group: ElementwiseGroup,
  params: GroupParams,
  start: IntLike,
  lanes: number,
): Operands {
  const moving: Local<'i32'>[] = []
  const move = (from: I32) => {
    const pointer = f.let(i32.add(from, start))
    moving.push(pointer)
    return pointer
  }
  const inputs = group.inputs.map((input, i): Operand => {
    const [reach, base] = [reachOf(input, group), params.inputs[i]]
    if (reach === 'only') return { reach, value: f.let(v128.loadSplat(base)) }
    if (reach === 'column') return { reach, pointer: base }
    const { bytes } = storageOf(input)
    return { reach, pointer: move(base), lanes: group.partial?.has(input) ? lanes : 1, laneBytes: bytes }
  })
  const outputs = group.outputs.map((output, i) =>
    isSum(output) ? { pointer: params.outputs[i], sums: true } : { pointer: move(params.outputs[i]), sums: false },
  )
  return { moving, inputs, outputs }
}

/** One vector of each node; `load` reads an input, `result` takes what an output (or its operand, for a sum) has become. */
export function emitVector(
  f: FunctionBuilder,
  { nodes, inputs, outputs }: ElementwiseGroup,
  load: (input: number) => V128,
  result: (output: number, value: V128) => void,
): void {
  const values = new Map<Node, V128>(inputs.map((input, i) => [input, f.let(load(i))]))
  for (const node of nodes) {
    if (isSum(node)) continue
    const args = node.inputs.map((input) => values.get(input) as V128)
    values.set(node, f.let(emitElementwise(f, node, args)))
  }
  outputs.forEach((output, i) => {
    result(i, values.get(visitedBy(output)) as V128)
  })
}

/** The vector of an operand at `offset` bytes from its pointer. Partial sums are added in lane order. */
export function loadElement(f: FunctionBuilder, operand: Operand, offset: number): V128 {
  if (operand.reach !== 'element') return operand.reach === 'only' ? operand.value : v128.load(operand.pointer, offset)
  const at = (lane: number) => v128.load(operand.pointer, offset + lane * operand.laneBytes)
  const sum = f.let(at(0))
  for (let lane = 1; lane < operand.lanes; lane++) f.set(sum, f32x4.add(sum, at(lane)))
  return sum
}

/**
 * @file Sums over all axes but the last, in WebAssembly: of images as a group of one (tile by tile, so that any split of the
 * images gives equal bits), of values without images split by columns.
 */
import { f32x4, type IntLike, i32, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { Node } from '../../ir/node.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { emitGroup } from '../cpu/loop/loop.ts'
import { storageOf } from '../cpu/storage.ts'

/** Sums in flight, to hide the latency of additions: those of so many vectors of columns, or of fewer in several rows. */
const SUMS = 8

export const sumLeadingKernel: CpuKernel = {
  variants: () => ['blocks'],
  units: ({ node }) => blocksOf(node),
  emit(f, { inputs, output, begin, end }, { node }) {
    if (!node.inputs[0].batched) emitBlocks(f, node, inputs[0], output, [begin, end])
    else
      emitGroup(f, { nodes: [node], inputs: node.inputs, outputs: [node] }, { inputs, outputs: [output], begin, end })
  },
}

function blocksOf(node: Node): number {
  return Math.ceil(storageOf(node).pitch / 4 / SUMS)
}

/** Blocks of columns. */
function emitBlocks(
  f: FunctionBuilder,
  node: Node,
  x: Local<'i32'>,
  output: Local<'i32'>,
  [begin, end]: readonly [IntLike, IntLike],
): void {
  const vectors = storageOf(node).pitch / 4
  f.range(begin, end, 1, (block) => {
    const offset = i32.mul(block, SUMS * 16)
    const from = f.let(i32.add(x, offset))
    const to = f.let(i32.add(output, offset))
    const whole = () => emitBlock(f, node, from, to, SUMS)
    const rest = () => emitBlock(f, node, from, to, vectors % SUMS)
    if (vectors % SUMS === 0) whole()
    else f.if(i32.ltS(block, Math.floor(vectors / SUMS)), whole, rest)
  })
}

/** Sums `width` vectors of columns over all rows. */
function emitBlock(f: FunctionBuilder, node: Node, from: Local<'i32'>, to: Local<'i32'>, width: number): void {
  const [x] = node.inputs
  const { rows, pitch } = storageOf(x)
  const rowBytes = pitch * 4
  const rowsAtOnce = Math.min(rows, Math.floor(SUMS / width))
  const sums = Array.from({ length: rowsAtOnce }, () => zeros(f, width))
  const addRow = (row: number) =>
    sums[row].forEach((sum, v) => {
      f.set(sum, f32x4.add(sum, v128.load(from, row * rowBytes + 16 * v)))
    })
  f.repeat(Math.floor(rows / rowsAtOnce), () => {
    for (let row = 0; row < rowsAtOnce; row++) addRow(row)
    f.inc(from, rowsAtOnce * rowBytes)
  })
  f.repeat(rows % rowsAtOnce, () => {
    addRow(0)
    f.inc(from, rowBytes)
  })
  for (let v = 0; v < width; v++) {
    const total = sums.map((row) => row[v] as V128).reduce((a, b) => f32x4.add(a, b))
    f.store(to, total, 16 * v)
  }
}

function zeros(f: FunctionBuilder, count: number): Local<'v128'>[] {
  return Array.from({ length: count }, () => f.let(f32x4.const(0)))
}

/**
 * @file Kernels that are compositions of a row source and a product. Dense layers, pointwise and ordinary convolutions,
 * fused separable pairs and all their gradients are instances; they differ in where rows come from and how weights lie.
 */
import { type IntLike, i32 } from '../../../codegen/expr.ts'
import type { FunctionBuilder } from '../../../codegen/module.ts'
import type { CpuKernel, KernelCall, KernelParams } from '../contract.ts'
import { Epilogue } from '../epilogue.ts'
import { forEachImage, forEachTile } from '../loops.ts'
import { storageOf } from '../storage.ts'
import { emitOuterProduct, wholeRows } from './outer.ts'
import { emitStage, type MatrixView, packedPanels, STAGED_ROW, stagedPanels } from './panels.ts'
import { emitProduct } from './product.ts'
import { tileName, tileSize } from './registers.ts'
import { imagesWith, openRows, type RowSource, scratchOf, withTilesOf } from './row-source.ts'

/** The weights or the other rows are the last operand; the ones before it belong to the row source. */
function splitInputs({ inputs }: KernelParams) {
  return { rowInputs: inputs.slice(0, -1), last: inputs[inputs.length - 1] }
}

export interface ProductOperands {
  readonly rows: RowSource
  /** How the weights, the last input of the node, are multiplied with. */
  readonly right: MatrixView
}

/** Rows of several register tiles: what is left over for a smaller one hardly matters. */
const FULL_ROWS = 16

/** result[row, :] = epilogue(rows[row, :] * right), for all rows of the result. */
export function productKernel(operandsFor: (call: KernelCall) => ProductOperands): CpuKernel {
  return {
    variants: ({ machine }) => [tileName(machine)],
    pack: (call) => ({ [call.node.inputs.length - 1]: packedPanels(operandsFor(call).right) }),
    scratchBytes: (call) => scratchOf(operandsFor(call).rows),
    units: ({ node }) => storageOf(node).rows,
    likedImages: (call) => productImages(call, operandsFor(call).rows),
    pieces: (call) => Math.ceil(storageOf(call.node).rows / operandsFor(call).rows.piece),
    emit: (f, params, call) => emitProductKernel(f, params, call, operandsFor(call)),
  }
}

function productImages({ node }: KernelCall, source: RowSource): number | undefined {
  const { rows } = storageOf(node)
  return node.batched && source.acrossImages && rows < FULL_ROWS
    ? imagesWith(FULL_ROWS, rows, node.shape[0])
    : undefined
}

function emitProductKernel(
  f: FunctionBuilder,
  params: KernelParams,
  call: KernelCall,
  { rows, right }: ProductOperands,
): void {
  const epilogue = new Epilogue(call, { startsSums: true })
  const resultPitch = storageOf(call.node).pitch * 4
  const product = emitProduct(f.module, `${f.name}/product`, {
    depth: right.depth,
    cols: right.cols,
    leftPitch: rows.pitch,
    resultPitch,
    size: tileSize(call.machine),
    epilogue,
  })
  const extras = epilogue.args(f, params)
  const { rowInputs, last: panels } = splitInputs(params)
  const rowsAt = openRows(f, rows, rowInputs, params.scratch)
  const multiply = (range: readonly [IntLike, IntLike]) =>
    forEachTile(f, range, rows.tile, (first, count) => {
      const left = rowsAt(first, count)
      f.call(product, left, panels, i32.add(params.output, i32.mul(first, resultPitch)), count, ...extras)
    })
  const allOfImage = storageOf(call.node).rows
  if (call.inPieces) {
    const end = f.let(i32.mul(params.end, rows.piece))
    multiply([f.let(i32.mul(params.begin, rows.piece)), f.let(i32.minS(end, allOfImage))])
  } else if (!call.node.batched) multiply([params.begin, params.end])
  else if (rows.emit) forEachImage(f, params, call, () => multiply([0, allOfImage]))
  else multiply([0, allRows(params, allOfImage)])
}

const allRows = ({ begin, end }: KernelParams, rowsPerImage: number) => i32.mul(i32.sub(end, begin), rowsPerImage)

/** Rows of a tile at least: the whole result is loaded and stored for each. */
const SUMMED_ROWS = 64

/** result += rows^T * (rows of the last operand), over all rows of all images in order. */
export function outerKernel(rowsFor: (call: KernelCall) => RowSource): CpuKernel {
  const plan = (call: KernelCall) => {
    const right = storageOf(call.node.inputs[1])
    const rows = withTilesOf(rowsFor(call), SUMMED_ROWS)
    return { rows, right, staged: stagedPanels(right.cols, right.pitch * 4, rows.tile) }
  }
  const images = ({ node: { inputs } }: KernelCall, { rows, right }: ReturnType<typeof plan>) =>
    inputs[1].batched && rows.acrossImages && right.rows < SUMMED_ROWS
      ? imagesWith(SUMMED_ROWS, right.rows, inputs[1].shape[0])
      : undefined
  return {
    variants: ({ machine }) => [tileName(machine)],
    scratchBytes: (call) => scratchOf(plan(call).rows) + plan(call).staged.bytes,
    likedImages: (call) => images(call, plan(call)),
    emit(f, params, call) {
      const planned = plan(call)
      const { rows, right, staged } = planned
      const result = storageOf(call.node)
      const outer = emitOuterProduct(f.module, `${f.name}/outer`, {
        depth: result.rows,
        cols: right.cols,
        left: wholeRows(rows.pitch),
        right: { row: STAGED_ROW, quad: 16, panel: staged.panel },
        resultPitch: result.pitch * 4,
        size: tileSize(call.machine),
        addBy: right.rows === 1 ? 'row' : 'tile',
      })
      const stage = emitStage(f.module, staged)
      const panels = f.let(i32.add(params.scratch, scratchOf(rows)))
      const { rowInputs, last } = splitInputs(params)
      const rowsAt = openRows(f, rows, rowInputs, params.scratch)
      const add = (range: readonly [IntLike, IntLike]) =>
        forEachTile(f, range, rows.tile, (first, count) => {
          f.call(stage, i32.add(last, i32.mul(first, staged.pitch)), panels, count)
          f.call(outer, rowsAt(first, count), panels, params.output, count)
        })
      if (images(call, planned) || (right.rows === 1 && !rows.emit)) add([0, allRows(params, right.rows)])
      else forEachImage(f, params, call, () => add([0, right.rows]))
    },
  }
}

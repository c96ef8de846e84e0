/** @file WebAssembly kernels of the convolution: products with patches, or Winograd's algorithm where it applies. */
import { i32 } from '../../codegen/expr.ts'
import type { Node } from '../../ir/node.ts'
import { alternatives } from '../cpu/alternatives.ts'
import { type Axes, axesOf, transposed } from '../cpu/axis.ts'
import type { CpuKernel, KernelCall } from '../cpu/contract.ts'
import { Epilogue, emitPass } from '../cpu/epilogue.ts'
import { forEachImage, forEachTile } from '../cpu/loops.ts'
import { outerKernel, productKernel } from '../cpu/product/kernels.ts'
import { blockTransposedView, packedPanels, plainView, transposedView } from '../cpu/product/panels.ts'
import { emitProduct, type Product } from '../cpu/product/product.ts'
import { tileName, tileSize } from '../cpu/product/registers.ts'
import { type RowSource, storedColumns, storedRows, wholeTilesFor } from '../cpu/product/row-source.ts'
import { storageOf } from '../cpu/storage.ts'
import { nums } from '../rules/attrs.ts'
import { emitGather, emitScatter, type Patches, patchLength, patchPitch } from './patches.ts'
import { winogradForward, winogradGradW, winogradGradX } from './winograd.ts'

const size = ({ shape }: Node) => shape.slice(1, 3)

/** The axes of the convolution that relates these images: x and dy, or x and y. */
function convolutionAxes(x: Node, kernel: readonly number[], y: Node, { attrs }: Node): Axes {
  return axesOf(size(x), kernel, size(y), attrs)
}

/** A 1x1 window that moves pixel by pixel: patches are the pixels themselves. */
function isPointwise({ attrs }: Node, kernel: readonly number[]): boolean {
  return [...kernel, ...nums(attrs, 'strides')].every((n) => n === 1) && nums(attrs, 'pads').every((n) => n === 0)
}

function patchRows(images: Node, axes: Axes): RowSource {
  const patches = { axes, channels: images.shape[3] }
  return {
    pitch: patchPitch(patches),
    tile: wholeTilesFor(patchLength(patches)),
    piece: wholeTilesFor(patchLength(patches)),
    acrossImages: false,
    emit: (module) => emitGather(module, patches),
  }
}

/** [KH,KW,C,F] as it is stored: [KH*KW*C, F]. */
function storedFilters(w: Node): [rows: number, cols: number, pitch: number] {
  const { rows, cols, pitch } = storageOf(w)
  return [rows, cols, pitch * 4]
}

const forward: CpuKernel = productKernel(({ node }) => {
  const [x, w] = node.inputs
  const kernel = w.shape.slice(0, 2)
  const rows = isPointwise(node, kernel) ? storedRows(x) : patchRows(x, convolutionAxes(x, kernel, node, node))
  return { rows, right: plainView(...storedFilters(w)) }
})

/** dx gathers patches of dy: no multiplication is wasted as long as the stride is 1. */
const gatheringGradX: CpuKernel = {
  ...productKernel(({ node }) => {
    const [dy, w] = node.inputs
    const [height, width, channels, filters] = w.shape
    const rows = isPointwise(node, [height, width])
      ? storedRows(dy)
      : patchRows(dy, transposed(convolutionAxes(node, [height, width], dy, node)))
    return { rows, right: blockTransposedView(height * width, channels, filters, storageOf(w).pitch * 4) }
  }),
  variants: ({ node, machine }) => (nums(node.attrs, 'strides').every((n) => n === 1) ? [tileName(machine)] : []),
}

/** dx is put together from products dy * w^T, patch by patch; the epilogue has to wait until all are there. */
const scatteringGradX: CpuKernel = {
  variants: ({ machine }) => [`scatter${tileName(machine)}`],
  pack: ({ node }) => ({ 1: packedPanels(transposedView(...storedFilters(node.inputs[1]))) }),
  scratchBytes: (call) => scatterPlan(call).tile * scatterPlan(call).product.resultPitch,
  emit(f, params, call) {
    const { patches, product, tile } = scatterPlan(call)
    const [dy, panels] = params.inputs
    const epilogue = new Epilogue(call, { startsSums: false })
    const extras = epilogue.args(f, params)
    const multiply = emitProduct(f.module, `${f.name}/product`, product)
    const scatter = emitScatter(f.module, patches)
    const finish = epilogue.isEmpty
      ? undefined
      : emitPass(f.module, `${f.name}/epilogue`, epilogue, storageOf(call.node))
    forEachImage(f, params, call, () => {
      f.zero(params.output, storageOf(call.node).bytes)
      forEachTile(f, [0, storageOf(call.node.inputs[0]).rows], tile, (first, count) => {
        const rows = i32.add(dy, i32.mul(first, product.leftPitch))
        f.call(multiply, rows, panels, params.scratch, count)
        f.call(scatter, params.output, params.scratch, first, count)
      })
      if (finish) f.call(finish, params.output, ...extras)
    })
  },
}

function scatterPlan({ node, machine }: KernelCall): { patches: Patches; product: Product; tile: number } {
  const [dy, w] = node.inputs
  const [height, width, channels] = w.shape
  const patches = { axes: convolutionAxes(node, [height, width], dy, node), channels }
  const product = {
    depth: dy.shape[3],
    cols: patchLength(patches),
    leftPitch: storageOf(dy).pitch * 4,
    resultPitch: patchPitch(patches),
    size: tileSize(machine),
    epilogue: Epilogue.none,
  }
  return { patches, product, tile: wholeTilesFor(patchLength(patches)) }
}

const gatheringGradW: CpuKernel = outerKernel(({ node }) => {
  const [x, dy] = node.inputs
  const kernel = nums(node.attrs, 'kernel')
  return isPointwise(node, kernel) ? storedColumns(x) : patchRows(x, convolutionAxes(x, kernel, dy, node))
})

export const conv2dKernel = alternatives(winogradForward, forward)

export const conv2dGradXKernel = alternatives(winogradGradX, gatheringGradX, scatteringGradX)

export const conv2dGradWKernel = alternatives(winogradGradW, gatheringGradW)

/** @file WebAssembly kernels of the depthwise convolution: alone, as a source of tiles for products, and the gradients. */
import { type I32, type IntLike, i32 } from '../../codegen/expr.ts'
import { itemShape, type Node } from '../../ir/node.ts'
import { type Axes, axesOf, transposed } from '../cpu/axis.ts'
import type { CpuKernel, TileSource } from '../cpu/contract.ts'
import { Epilogue } from '../cpu/epilogue.ts'
import { forEachImage } from '../cpu/loops.ts'
import { scratchPitch, tileRowsFor } from '../cpu/product/row-source.ts'
import { storageOf } from '../cpu/storage.ts'
import { nums } from '../rules/attrs.ts'
import { type Depthwise, emitConvolution, emitFilterGradient, emitFlush } from './depthwise.ts'

const size = ({ shape }: Node) => shape.slice(1, 3)

function forwardAxes(y: Node): Axes {
  const [x, w] = y.inputs
  return axesOf(size(x), w.shape.slice(0, 2), size(y), y.attrs)
}

function gradientAxes(dx: Node): Axes {
  const [dy, w] = dx.inputs
  return transposed(axesOf(size(dx), w.shape.slice(0, 2), size(dy), dx.attrs))
}

function depthwise(axes: Axes, pixels: Node, outputPitch = storageOf(pixels).pitch * 4): Depthwise {
  return { axes, quads: storageOf(pixels).pitch / 4, outputPitch }
}

/** One call for each image, or for some rows of a single one; the convolution's epilogue is applied to the strips. */
function convolutionKernel(axesFor: (node: Node) => Axes): CpuKernel {
  return {
    variants: () => ['strips'],
    pieces: ({ node }) => node.shape[1],
    emit(f, params, call) {
      const { node } = call
      const epilogue = new Epilogue(call, { startsSums: true })
      const conv = depthwise(axesFor(node), node)
      const convolution = emitConvolution(f.module, `${f.name}/strips`, conv, epilogue)
      const extras = epilogue.args(f, params)
      const [input, weights] = params.inputs
      const convolve = (output: I32, first: IntLike, pixels: IntLike) =>
        f.call(convolution, input, weights, output, first, pixels, ...extras)
      if (call.inPieces) {
        const width = node.shape[2]
        const first = f.let(i32.mul(params.begin, width))
        const pixels = i32.mul(i32.sub(params.end, params.begin), width)
        convolve(i32.add(params.output, i32.mul(first, conv.outputPitch)), first, pixels)
      } else forEachImage(f, params, call, () => convolve(params.output, 0, storageOf(node).rows))
    },
  }
}

export const dwconv2dKernel = convolutionKernel(forwardAxes)

export const dwconv2dGradXKernel = convolutionKernel(gradientAxes)

/** Sums over one image in scratch, then adds that to the result: long sums stay accurate. */
export const dwconv2dGradWKernel: CpuKernel = {
  variants: () => ['strips'],
  scratchBytes: ({ node }) => storageOf(node).bytes,
  emit(f, params, call) {
    const { node } = call
    const [x, dy] = node.inputs
    const axes = axesOf(size(x), nums(node.attrs, 'kernel'), size(dy), node.attrs)
    const gradient = emitFilterGradient(f.module, `${f.name}/strips`, depthwise(axes, dy))
    const { bytes } = storageOf(node)
    const [input, outputs] = params.inputs
    f.zero(params.scratch, bytes)
    forEachImage(f, params, call, () => {
      f.call(gradient, input, params.scratch, outputs, 0, storageOf(dy).rows)
      emitFlush(f, params.scratch, params.output, bytes)
    })
  },
}

/** Whole rows of the picture, as many as fit. */
function tileRows(node: Node): number {
  const { rows, pitch } = storageOf(node)
  const width = node.shape[2]
  return Math.min(rows, width * Math.max(1, Math.floor(tileRowsFor(pitch) / width)))
}

export const dwconv2dTiles: TileSource = {
  pitch: (node) => scratchPitch(storageOf(node).cols),
  tileRows,
  pieceRows: (node) => node.shape[2],
  emit(module, node) {
    const { inputs, attrs } = node
    const shapes = [...inputs, node].map((value) => itemShape(value).join('x'))
    const name = ['dwconv2d.tile.f32.nhwc', ...shapes, ...Object.values(attrs).map((a) => [a].join('_'))].join('.')
    return module.shared(name, () => {
      const conv = depthwise(forwardAxes(node), node, scratchPitch(storageOf(node).cols))
      return emitConvolution(module, name, conv, Epilogue.none)
    })
  },
}

/** @file Every op's WebAssembly kernel by name. A forgotten one is a type error. */
import type { Node } from '../ir/node.ts'
import { affine2dGradKernel, affine2dKernel } from './affine2d/wasm.ts'
import { argmaxEqualsKernel } from './argmaxEquals/wasm.ts'
import { avgPool2dGradKernel, avgPool2dKernel } from './avgPool2d/wasm.ts'
import { sumLeadingKernel } from './broadcast/wasm.ts'
import { castKernel } from './cast/wasm.ts'
import { repeatChannelsKernel, sumChannelGroupsKernel } from './channels/wasm.ts'
import { concatKernel } from './concat/wasm.ts'
import { conv2dGradWKernel, conv2dGradXKernel, conv2dKernel } from './conv2d/wasm.ts'
import { cropGradKernel, cropKernel } from './crop/wasm.ts'
import { drawKernel } from './draw/wasm.ts'
import { dropoutKernel } from './dropout/wasm.ts'
import { dwconv2dGradWKernel, dwconv2dGradXKernel, dwconv2dKernel } from './dwconv2d/wasm.ts'
import { fixedPointKernel } from './fixedPoint/wasm.ts'
import type { KernelName } from './index.ts'
import type { WasmKernel } from './kernel.ts'
import { logSumExpKernel } from './logSumExp/wasm.ts'
import { matmulGradWKernel, matmulGradXKernel, matmulKernel } from './matmul/wasm.ts'
import { maxPool2dGradKernel, maxPool2dKernel } from './maxPool2d/wasm.ts'
import { noiseKernel } from './noise/wasm.ts'
import { oneHotBinKernel, oneHotKernel, oneHotMaxKernel } from './oneHot/wasm.ts'
import { padKernel } from './pad/wasm.ts'
import { pasteKernel } from './paste/wasm.ts'
import { permuteKernel } from './permute/wasm.ts'
import { reshapeKernel } from './reshape/wasm.ts'
import { resize2dGradKernel, resize2dKernel } from './resize2d/wasm.ts'
import { rollKernel } from './roll/wasm.ts'
import { softmaxGradKernel, softmaxKernel } from './softmax/wasm.ts'
import { softmaxCrossEntropyGradKernel, softmaxCrossEntropyKernel } from './softmaxCrossEntropy/wasm.ts'
import { weightsMatmulKernel } from './weightsMatmul/wasm.ts'

/** `reshape` is here for views whose rows are padded differently, so that bytes must move. */
export const wasmKernels: { readonly [op in KernelName | 'reshape']: WasmKernel } = {
  matmul: matmulKernel,
  matmulGradX: matmulGradXKernel,
  matmulGradW: matmulGradWKernel,
  weightsMatmul: weightsMatmulKernel,
  conv2d: conv2dKernel,
  conv2dGradX: conv2dGradXKernel,
  conv2dGradW: conv2dGradWKernel,
  dwconv2d: dwconv2dKernel,
  dwconv2dGradX: dwconv2dGradXKernel,
  dwconv2dGradW: dwconv2dGradWKernel,
  maxPool2d: maxPool2dKernel,
  maxPool2dGrad: maxPool2dGradKernel,
  avgPool2d: avgPool2dKernel,
  avgPool2dGrad: avgPool2dGradKernel,
  sumLeading: sumLeadingKernel,
  roll: rollKernel,
  softmax: softmaxKernel,
  softmaxGrad: softmaxGradKernel,
  logSumExp: logSumExpKernel,
  softmaxCrossEntropy: softmaxCrossEntropyKernel,
  softmaxCrossEntropyGrad: softmaxCrossEntropyGradKernel,
  argmaxEquals: argmaxEqualsKernel,
  affine2d: affine2dKernel,
  affine2dGrad: affine2dGradKernel,
  fixedPoint: fixedPointKernel,
  oneHot: oneHotKernel,
  oneHotMax: oneHotMaxKernel,
  oneHotBin: oneHotBinKernel,
  crop: cropKernel,
  cropGrad: cropGradKernel,
  draw: drawKernel,
  dropout: dropoutKernel,
  cast: castKernel,
  repeatChannels: repeatChannelsKernel,
  sumChannelGroups: sumChannelGroupsKernel,
  pad: padKernel,
  concat: concatKernel,
  paste: pasteKernel,
  permute: permuteKernel,
  resize2d: resize2dKernel,
  resize2dGrad: resize2dGradKernel,
  noise: noiseKernel,
  reshape: reshapeKernel,
}

/** The kernel of a node's op. Nodes of other ops (elementwise ones, leaves) are never asked for. */
export function wasmKernelOf(node: Node): WasmKernel {
  return (wasmKernels as { readonly [op: string]: WasmKernel })[node.op.name] as WasmKernel
}

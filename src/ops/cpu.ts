/** @file Every op's WebAssembly kernel by name. A forgotten one is a type error. */
import type { Node } from '../ir/node.ts'
import { affine2dGradKernel, affine2dKernel } from './affine2d/cpu.ts'
import { argmaxEqualsKernel } from './argmaxEquals/cpu.ts'
import { avgPool2dGradKernel, avgPool2dKernel } from './avgPool2d/cpu.ts'
import { sumLeadingKernel } from './broadcast/cpu.ts'
import { castKernel } from './cast/cpu.ts'
import { repeatChannelsKernel, sumChannelGroupsKernel } from './channels/cpu.ts'
import { concatKernel } from './concat/cpu.ts'
import { conv2dGradWKernel, conv2dGradXKernel, conv2dKernel } from './conv2d/cpu.ts'
import type { CpuKernel } from './cpu/contract.ts'
import { cropGradKernel, cropKernel } from './crop/cpu.ts'
import { drawKernel } from './draw/cpu.ts'
import { dropoutKernel } from './dropout/cpu.ts'
import { dwconv2dGradWKernel, dwconv2dGradXKernel, dwconv2dKernel } from './dwconv2d/cpu.ts'
import { fixedPointKernel } from './fixedPoint/cpu.ts'
import type { KernelName } from './index.ts'
import { logSumExpKernel } from './logSumExp/cpu.ts'
import { matmulGradWKernel, matmulGradXKernel, matmulKernel } from './matmul/cpu.ts'
import { maxPool2dGradKernel, maxPool2dKernel } from './maxPool2d/cpu.ts'
import { noiseKernel } from './noise/cpu.ts'
import { oneHotBinKernel, oneHotKernel, oneHotMaxKernel } from './oneHot/cpu.ts'
import { padKernel } from './pad/cpu.ts'
import { pasteKernel } from './paste/cpu.ts'
import { permuteKernel } from './permute/cpu.ts'
import { reshapeKernel } from './reshape/cpu.ts'
import { resize2dGradKernel, resize2dKernel } from './resize2d/cpu.ts'
import { rollKernel } from './roll/cpu.ts'
import { softmaxGradKernel, softmaxKernel } from './softmax/cpu.ts'
import { softmaxCrossEntropyGradKernel, softmaxCrossEntropyKernel } from './softmaxCrossEntropy/cpu.ts'
import { weightsMatmulKernel } from './weightsMatmul/cpu.ts'

/** `reshape` is here for views whose rows are padded differently, so that bytes must move. */
export const cpuKernels: { readonly [op in KernelName | 'reshape']: CpuKernel } = {
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
export function cpuKernelOf(node: Node): CpuKernel {
  return (cpuKernels as { readonly [op: string]: CpuKernel })[node.op.name] as CpuKernel
}

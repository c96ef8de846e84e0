/** @file All ops: their definitions by name, and the functions that build them. Importing runs nothing. */
import type { OpDef } from '../ir/node.ts'
import { affine2dGradOp, affine2dOp } from './affine2d/op.ts'
import { argmaxEqualsOp } from './argmaxEquals/op.ts'
import { avgPool2dGradOp, avgPool2dOp } from './avgPool2d/op.ts'
import { sumLeadingOp } from './broadcast/op.ts'
import { castOp } from './cast/op.ts'
import { repeatChannelsOp, sumChannelGroupsOp } from './channels/op.ts'
import { concatOp } from './concat/op.ts'
import { conv2dGradWOp, conv2dGradXOp, conv2dOp } from './conv2d/op.ts'
import { cropGradOp, cropOp } from './crop/op.ts'
import { drawOp } from './draw/op.ts'
import { dropoutOp } from './dropout/op.ts'
import { dwconv2dGradWOp, dwconv2dGradXOp, dwconv2dOp } from './dwconv2d/op.ts'
import { elementwiseOps } from './elementwise/table.ts'
import { fixedPointOp } from './fixedPoint/op.ts'
import { constantOp, inputOp, paramOp, scalarOp } from './leaf/op.ts'
import { logSumExpOp } from './logSumExp/op.ts'
import { matmulGradWOp, matmulGradXOp, matmulOp } from './matmul/op.ts'
import { maxPool2dGradOp, maxPool2dOp } from './maxPool2d/op.ts'
import { noiseOp } from './noise/op.ts'
import { oneHotBinOp, oneHotMaxOp, oneHotOp } from './oneHot/op.ts'
import { padOp } from './pad/op.ts'
import { pasteOp } from './paste/op.ts'
import { permuteOp } from './permute/op.ts'
import { reshapeOp } from './reshape/op.ts'
import { resize2dGradOp, resize2dOp } from './resize2d/op.ts'
import { rollOp } from './roll/op.ts'
import { softmaxGradOp, softmaxOp } from './softmax/op.ts'
import { softmaxCrossEntropyGradOp, softmaxCrossEntropyOp } from './softmaxCrossEntropy/op.ts'
import { weightsMatmulOp } from './weightsMatmul/op.ts'

export { affine2d, FILL_MODES, INTERPOLATIONS, ONE_PIXEL } from './affine2d/op.ts'
export { argmaxEquals } from './argmaxEquals/op.ts'
export { avgPool2d, avgPool2dGrad } from './avgPool2d/op.ts'
export { broadcastLike, sumLeading } from './broadcast/op.ts'
export { cast } from './cast/op.ts'
export { repeatChannels, sumChannelGroups } from './channels/op.ts'
export { concat } from './concat/op.ts'
export { conv2d, conv2dGradW, conv2dGradX } from './conv2d/op.ts'
export { crop } from './crop/op.ts'
export { draw } from './draw/op.ts'
export { dropout } from './dropout/op.ts'
export { dwconv2d, dwconv2dGradW, dwconv2dGradX } from './dwconv2d/op.ts'
export {
  abs,
  add,
  clip,
  clipGrad,
  cosTurns,
  div,
  elu,
  erf,
  exp,
  leakyRelu,
  log,
  maximum,
  mul,
  neg,
  reciprocal,
  relu,
  relu6,
  reluGrad,
  scale,
  shift,
  sigmoid,
  sign,
  softplus,
  sqrt,
  square,
  sub,
  tanh,
} from './elementwise/table.ts'
export { fixedPoint } from './fixedPoint/op.ts'
export { constant, input, param, scalar } from './leaf/op.ts'
export { logSumExp } from './logSumExp/op.ts'
export { matmul, matmulGradW, matmulGradX } from './matmul/op.ts'
export { maxPool2d, maxPool2dGrad } from './maxPool2d/op.ts'
export { noise } from './noise/op.ts'
export { oneHot, oneHotBin, oneHotMax } from './oneHot/op.ts'
export { pad, sliceLast } from './pad/op.ts'
export { paste } from './paste/op.ts'
export { permute } from './permute/op.ts'
export { reshape } from './reshape/op.ts'
export { type Resize, resize2d } from './resize2d/op.ts'
export { roll } from './roll/op.ts'
export type { Geometry } from './rules/infer.ts'
export type { Window } from './rules/window.ts'
export { softmax, softmaxGrad } from './softmax/op.ts'
export { softmaxCrossEntropy, softmaxCrossEntropyGrad } from './softmaxCrossEntropy/op.ts'
export { weightsMatmul } from './weightsMatmul/op.ts'

/** Ops that are not computed. */
const leafOps = { input: inputOp, param: paramOp, scalar: scalarOp, constant: constantOp } satisfies Record<
  string,
  OpDef
>

/** Ops with a kernel of their own. */
const kernelOps = {
  matmul: matmulOp,
  matmulGradX: matmulGradXOp,
  matmulGradW: matmulGradWOp,
  weightsMatmul: weightsMatmulOp,
  conv2d: conv2dOp,
  conv2dGradX: conv2dGradXOp,
  conv2dGradW: conv2dGradWOp,
  dwconv2d: dwconv2dOp,
  dwconv2dGradX: dwconv2dGradXOp,
  dwconv2dGradW: dwconv2dGradWOp,
  maxPool2d: maxPool2dOp,
  maxPool2dGrad: maxPool2dGradOp,
  avgPool2d: avgPool2dOp,
  avgPool2dGrad: avgPool2dGradOp,
  sumLeading: sumLeadingOp,
  roll: rollOp,
  softmax: softmaxOp,
  softmaxGrad: softmaxGradOp,
  logSumExp: logSumExpOp,
  softmaxCrossEntropy: softmaxCrossEntropyOp,
  softmaxCrossEntropyGrad: softmaxCrossEntropyGradOp,
  argmaxEquals: argmaxEqualsOp,
  affine2d: affine2dOp,
  affine2dGrad: affine2dGradOp,
  fixedPoint: fixedPointOp,
  oneHot: oneHotOp,
  oneHotMax: oneHotMaxOp,
  oneHotBin: oneHotBinOp,
  crop: cropOp,
  cropGrad: cropGradOp,
  draw: drawOp,
  dropout: dropoutOp,
  cast: castOp,
  repeatChannels: repeatChannelsOp,
  sumChannelGroups: sumChannelGroupsOp,
  pad: padOp,
  concat: concatOp,
  paste: pasteOp,
  permute: permuteOp,
  resize2d: resize2dOp,
  resize2dGrad: resize2dGradOp,
  noise: noiseOp,
} satisfies Record<string, OpDef>

export const OPS = { ...leafOps, ...kernelOps, ...elementwiseOps, reshape: reshapeOp } satisfies Record<string, OpDef>

export type OpName = keyof typeof OPS
export type LeafName = keyof typeof leafOps
/** Ops whose kernel a backend must supply: all but leaves, elementwise ops (generated as chains) and views. */
export type KernelName = keyof typeof kernelOps

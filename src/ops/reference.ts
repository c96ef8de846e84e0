/** @file The reference kernels by name: naive f64 loops, the oracle that every backend is tested against. */
import { affine2dGradReference, affine2dReference } from './affine2d/reference.ts'
import { argmaxEqualsReference } from './argmaxEquals/reference.ts'
import { avgPool2dGradReference, avgPool2dReference } from './avgPool2d/reference.ts'
import { sumLeadingReference } from './broadcast/reference.ts'
import { castReference } from './cast/reference.ts'
import { repeatChannelsReference, sumChannelGroupsReference } from './channels/reference.ts'
import { concatReference } from './concat/reference.ts'
import { conv2dGradWReference, conv2dGradXReference, conv2dReference } from './conv2d/reference.ts'
import { cropGradReference, cropReference } from './crop/reference.ts'
import { drawReference } from './draw/reference.ts'
import { dropoutReference } from './dropout/reference.ts'
import { dwconv2dGradWReference, dwconv2dGradXReference, dwconv2dReference } from './dwconv2d/reference.ts'
import { elementwiseReferences } from './elementwise/reference.ts'
import { fixedPointReference } from './fixedPoint/reference.ts'
import type { LeafName, OpName } from './index.ts'
import { logSumExpReference } from './logSumExp/reference.ts'
import { matmulGradWReference, matmulGradXReference, matmulReference } from './matmul/reference.ts'
import { maxPool2dGradReference, maxPool2dReference } from './maxPool2d/reference.ts'
import { noiseReference } from './noise/reference.ts'
import { oneHotBinReference, oneHotMaxReference, oneHotReference } from './oneHot/reference.ts'
import { padReference } from './pad/reference.ts'
import { pasteReference } from './paste/reference.ts'
import { permuteReference } from './permute/reference.ts'
import type { ReferenceKernel } from './reference-kernel.ts'
import { reshapeReference } from './reshape/reference.ts'
import { resize2dGradReference, resize2dReference } from './resize2d/reference.ts'
import { rollReference } from './roll/reference.ts'
import { softmaxGradReference, softmaxReference } from './softmax/reference.ts'
import { softmaxCrossEntropyGradReference, softmaxCrossEntropyReference } from './softmaxCrossEntropy/reference.ts'
import { weightsMatmulReference } from './weightsMatmul/reference.ts'

export const referenceKernels: { readonly [K in Exclude<OpName, LeafName>]: ReferenceKernel } = {
  ...elementwiseReferences,
  matmul: matmulReference,
  matmulGradX: matmulGradXReference,
  matmulGradW: matmulGradWReference,
  weightsMatmul: weightsMatmulReference,
  conv2d: conv2dReference,
  conv2dGradX: conv2dGradXReference,
  conv2dGradW: conv2dGradWReference,
  dwconv2d: dwconv2dReference,
  dwconv2dGradX: dwconv2dGradXReference,
  dwconv2dGradW: dwconv2dGradWReference,
  maxPool2d: maxPool2dReference,
  maxPool2dGrad: maxPool2dGradReference,
  avgPool2d: avgPool2dReference,
  avgPool2dGrad: avgPool2dGradReference,
  sumLeading: sumLeadingReference,
  roll: rollReference,
  softmax: softmaxReference,
  softmaxGrad: softmaxGradReference,
  logSumExp: logSumExpReference,
  softmaxCrossEntropy: softmaxCrossEntropyReference,
  softmaxCrossEntropyGrad: softmaxCrossEntropyGradReference,
  argmaxEquals: argmaxEqualsReference,
  affine2d: affine2dReference,
  affine2dGrad: affine2dGradReference,
  fixedPoint: fixedPointReference,
  oneHot: oneHotReference,
  oneHotMax: oneHotMaxReference,
  oneHotBin: oneHotBinReference,
  crop: cropReference,
  cropGrad: cropGradReference,
  draw: drawReference,
  dropout: dropoutReference,
  cast: castReference,
  reshape: reshapeReference,
  repeatChannels: repeatChannelsReference,
  sumChannelGroups: sumChannelGroupsReference,
  pad: padReference,
  concat: concatReference,
  paste: pasteReference,
  permute: permuteReference,
  resize2d: resize2dReference,
  resize2dGrad: resize2dGradReference,
  noise: noiseReference,
}

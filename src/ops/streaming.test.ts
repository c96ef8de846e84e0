/** @file Parity with the references of the kernels that stream through memory: all but products, convolutions and elementwise groups. */
import v8 from 'node:v8'
import { describe, expect, it } from 'vitest'
import { argmaxEqualsKernel } from './argmaxEquals/wasm.ts'
import { avgPool2dGradKernel, avgPool2dKernel } from './avgPool2d/wasm.ts'
import { sumLeadingKernel } from './broadcast/wasm.ts'
import { castKernel } from './cast/wasm.ts'
import { repeatChannelsKernel, sumChannelGroupsKernel } from './channels/wasm.ts'
import { dropoutKernel } from './dropout/wasm.ts'
import { OPS } from './index.ts'
import { epilogueError, parityError } from './kernel-parity.ts'
import { maxPool2dGradKernel, maxPool2dKernel } from './maxPool2d/wasm.ts'
import { reshapeKernel } from './reshape/wasm.ts'
import { softmaxGradKernel, softmaxKernel } from './softmax/wasm.ts'
import { softmaxCrossEntropyGradKernel, softmaxCrossEntropyKernel } from './softmaxCrossEntropy/wasm.ts'
import { casesOf } from './testing.ts'

// Off by default in the oldest supported Node.
v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

const kernels = {
  argmaxEquals: argmaxEqualsKernel,
  avgPool2d: avgPool2dKernel,
  avgPool2dGrad: avgPool2dGradKernel,
  cast: castKernel,
  dropout: dropoutKernel,
  maxPool2d: maxPool2dKernel,
  maxPool2dGrad: maxPool2dGradKernel,
  repeatChannels: repeatChannelsKernel,
  reshape: reshapeKernel,
  softmax: softmaxKernel,
  softmaxGrad: softmaxGradKernel,
  softmaxCrossEntropy: softmaxCrossEntropyKernel,
  softmaxCrossEntropyGrad: softmaxCrossEntropyGradKernel,
  sumChannelGroups: sumChannelGroupsKernel,
  sumLeading: sumLeadingKernel,
}

const names = Object.keys(kernels) as (keyof typeof kernels)[]

describe.each(names)('%s', (name) => {
  it.each(casesOf(OPS[name]))('$name', (test) => {
    expect(parityError(kernels[name], test)).toBeLessThan(1)
    if (OPS[name].traits.epilogue) expect(epilogueError(kernels[name], test)).toBeLessThan(1)
  })
})

/** @file Batch normalisations merged into the layers before them: the same predictions with fewer operations. */

import type { Application, Layer, SymbolicTensor } from '../nn/layer.ts'
import { BatchNormalization } from '../nn/layers/batch-normalization.ts'
import { Conv2D } from '../nn/layers/conv2d.ts'
import { Dense } from '../nn/layers/dense.ts'
import { DepthwiseConv2D } from '../nn/layers/depthwise-conv2d.ts'
import type { LayerClass } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { SeparableConv2D } from '../nn/layers/separable-conv2d.ts'
import { Network } from '../nn/network.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { checkModel } from '../train/check-model.ts'
import { model as functional } from '../train/functional.ts'
import type { Model } from '../train/model.ts'

/** Layers whose last weight but the bias is multiplied last, so that a factor for each output channel may move into it. */
const FOLDABLE = [Conv2D, Dense, DepthwiseConv2D, SeparableConv2D]

/** A layer and the normalisation that is the only reader of its result. */
interface Pair {
  readonly before: Application
  readonly after: Application
  readonly norm: BatchNormalization
}

/**
 * A new model with the same predictions in which each Conv2D, DepthwiseConv2D, SeparableConv2D or Dense layer without
 * activation has taken in the batch normalisation that follows it. It keeps the name of the layer and has a bias:
 *
 *     kernel' = kernel f    bias' = (bias - moving_mean) f + beta    with f = gamma / sqrt(moving_variance + epsilon)
 *
 * Layers that are used twice, or whose result something else reads too, stay as they are. The new model has weights of its
 * own and is not compiled; the old one does not change. (Jacob et al., CVPR 2018, section 3.2.)
 */
export function foldBatchNorm(model: Model): Model {
  checkModel('foldBatchNorm', model)
  const folded = rebuild(model, new Map())
  folded.classNames = model.classNames
  return folded
}

function rebuild(network: Network, copies: Map<Layer, Layer>): Model {
  const { inputs, outputs, applications } = network.topology
  const values = new Map<Application, readonly SymbolicTensor[]>(
    inputs.map(({ source, shape }) => {
      const sizes = shape.slice(1) as number[]
      return [source, [input({ shape: sizes, name: source.layer.name })]]
    }),
  )
  const newValue = ({ source, index }: SymbolicTensor) => (values.get(source) as readonly SymbolicTensor[])[index]
  const entrances = inputs.map(newValue)
  const pairs = pairsOf(network)
  const absorbed = new Map(pairs.map(({ before, norm }) => [before.layer, norm]))
  const skipped = new Set(pairs.map(({ after }) => after))
  for (const application of applications) {
    if (values.has(application)) continue
    const args = application.inputs.map(newValue)
    const { layer } = application
    values.set(application, skipped.has(application) ? args : copyOf(layer, absorbed.get(layer), copies).applyAll(args))
  }
  for (const { layer } of applications) copyWeights(layer, absorbed.get(layer), copies.get(layer))
  return functional({ inputs: entrances, outputs: outputs.map(newValue), name: network.name })
}

/** Layers with the normalisations that they can take in. */
function pairsOf({ topology: { applications, outputs } }: Network): Pair[] {
  const readers = [...outputs, ...applications.flatMap(({ inputs }) => inputs)].map(({ source }) => source)
  const isOnly = <T>(list: readonly T[], item: T) => list.indexOf(item) === list.lastIndexOf(item)
  const layers = applications.map(({ layer }) => layer)
  return applications.flatMap((after): Pair[] => {
    const { layer: norm } = after
    const before = after.inputs[0]?.source
    if (!before || !(norm instanceof BatchNormalization) || !canFold(before.layer)) return []
    if (!norm.hasChannelsLast(after.inputs[0].shape.length)) return []
    const once = isOnly(readers, before) && isOnly(layers, before.layer) && isOnly(layers, norm)
    return once ? [{ before, after, norm }] : []
  })
}

function canFold(layer: Layer): boolean {
  const foldable = FOLDABLE.find((each) => layer instanceof each)
  const { activation } = layer.config as { readonly activation?: string | null }
  return foldable !== undefined && (activation === null || activation === 'linear')
}

/** A new layer like this one, without its weights; always the same for the same layer. */
function copyOf(layer: Layer, norm: BatchNormalization | undefined, copies: Map<Layer, Layer>): Layer {
  const known = copies.get(layer)
  if (known) return known
  const config = norm ? { ...layer.getConfig(), useBias: true } : layer.getConfig()
  const copy =
    layer instanceof Network ? rebuild(layer, copies) : new (layer.constructor as LayerClass)(config as never)
  copies.set(layer, copy)
  return copy
}

function copyWeights(layer: Layer, norm: BatchNormalization | undefined, copy: Layer | undefined): void {
  if (!copy || layer instanceof Network) return
  copy.setWeights(norm ? foldedWeights(layer, norm) : layer.getWeights())
}

/** Any output channel is element i of the kernel modulo the number of channels, for all kinds of kernels alike. */
function foldedWeights(layer: Layer, norm: BatchNormalization): NdArray[] {
  const own = weightsOf(layer)
  const { gamma, beta, moving_mean: mean, moving_variance: variance } = Object.fromEntries(weightsOf(norm))
  const channels = variance.data.length
  const factor = variance.data.map((v, c) => (gamma?.data[c] ?? 1) / Math.sqrt(v + norm.config.epsilon))
  const bias = mean.data.map((m, c) => ((own.get('bias')?.data[c] ?? 0) - m) * factor[c] + (beta?.data[c] ?? 0))
  const kernels = [...own].filter(([name]) => name !== 'bias').map(([, kernel]) => kernel)
  const last = kernels.pop() as NdArray<Float32Array<ArrayBuffer>>
  const folded = new NdArray(
    last.data.map((w, i) => w * factor[i % channels]),
    last.shape,
  )
  return [...kernels, folded, new NdArray(bias, [channels])]
}

function weightsOf(layer: Layer): Map<string, NdArray<Float32Array<ArrayBuffer>>> {
  const values = layer.getWeights()
  return new Map(layer.weights.map(({ name }, i) => [name, values[i]]))
}

/** @file The graphs that a model runs: prediction, evaluation, a training step, and one that shows every layer's output. */
import { backward } from '../autodiff/backward.ts'
import { blaming } from '../base/errors.ts'
import type { Node } from '../ir/node.ts'
import type { TargetKind } from '../nn/losses/index.ts'
import type { Measure } from '../nn/losses/loss.ts'
import type { Metric } from '../nn/metrics/index.ts'
import type { Network } from '../nn/network.ts'
import { sumOfAll } from '../nn/reductions.ts'
import { Trace } from '../nn/trace.ts'
import { add, broadcastLike, constant, div, input, scale, sumLeading } from '../ops/index.ts'
import type { DType, Shape } from '../tensor/ndarray.ts'
import { type Aim, aimsOf, lossOf, sumsOf } from './aims.ts'
import type { Compiled } from './compile.ts'
import type { Head, Logged } from './heads.ts'
import { warnOfMisfits } from './misfits.ts'
import { targetName } from './targets.ts'
import { sumName, weightSumName } from './totals.ts'

/** The sizes that a graph is made for. */
export interface Format {
  readonly batch: number
  /** Of each input of the network: u8 stays u8 until it reaches the first layer. */
  readonly dtypes: readonly DType[]
  /** Of each output: the graph input that says how much each image counts; null or absent where all count alike. */
  readonly weights?: readonly (string | null)[]
}

/** Outputs: `output0`, ... in the order of the network's outputs. */
export function predictGraph(network: Network, format: Format): Trace {
  const trace = new Trace({ training: false })
  network.trace(inputsOf(network, trace, format)).forEach(({ node }, i) => {
    trace.graph.output(`output${i}`, node)
  })
  return trace
}

/** Outputs: `loss`, the losses of several outputs and the sums of all metrics, over the images (see totals.ts). */
export function evaluateGraph(network: Network, compiled: Compiled, format: Format): Trace {
  const trace = new Trace({ training: false })
  traceLoss(network, compiled, trace, format)
  return trace
}

/**
 * As `evaluateGraph`, in training mode, plus the updates of all weights; a step whose loss is not finite makes none.
 * @param purpose whether the optimizer moves the weights, or only adds up their gradients
 */
export function trainGraph(
  network: Network,
  compiled: Compiled,
  format: Format,
  purpose: 'update' | 'accumulate' = 'update',
): Trace {
  const trace = new Trace({ training: true })
  const { losses, penalty, heads, outputs } = traceLoss(network, compiled, trace, format)
  warnOfMisfits(network, trace.graph, heads, outputs)
  trace.graph.guard = trace.graph.outputs.get('loss')
  const weights = network.trainableWeights
  const seeds = losses.map(({ elements, weight }): [Node, Node] => [
    elements,
    broadcastLike(elements, scale(trace.scalar('invBatch'), weight)),
  ])
  const gradients = backward(
    new Map(penalty ? [...seeds, [penalty, constant(trace.graph, 1)]] : seeds),
    weights.map((variable) => trace.read(variable)),
  )
  const { optimizer } = compiled
  if (purpose === 'update') optimizer.addUpdates(trace, weights, gradients)
  else optimizer.addAccumulation(trace, weights, gradients)
  return trace
}

/** The forward pass of a training step; outputs: what every layer makes, by its name. Nothing is updated. */
export function inspectGraph(network: Network, format: Format): Trace {
  const trace = new Trace({ training: true, updating: false })
  network.trace(inputsOf(network, trace, format), ({ name }, { node }) => {
    if (!trace.graph.outputs.has(name)) trace.graph.output(name, node)
  })
  return trace
}

function inputsOf(network: Network, trace: Trace, { batch, dtypes }: Format) {
  return network.inputs.map(({ shape, source }, i) =>
    trace.input(source.layer.name, [batch, ...(shape.slice(1) as Shape)], dtypes[i]),
  )
}

/** Adds the losses and metrics of all outputs, and what layers add to the loss: the penalty [1], which counts once a batch. */
function traceLoss(network: Network, compiled: Compiled, trace: Trace, format: Format) {
  const outputs = network.trace(inputsOf(network, trace, format))
  const heads = compiled.heads(network.outputs)
  const weights = new Map<string, Node>()
  const measured = heads.map((head, i) => {
    const name = format.weights?.[i]
    if (name && !weights.has(name)) weights.set(name, batchedInput(trace, name, [format.batch, 1], 'f32'))
    return traceHead(trace, head, i, outputs[i].node, name ? weights.get(name) : undefined)
  })
  const losses = measured.filter((each) => each !== undefined)
  const penalty = penaltyOf(network, trace)
  // A mean over images, as the penalty is one number, becomes a sum over them when it is divided by the share of each.
  const sums = [...losses.map(sumOfMeasure), ...(penalty ? [div(penalty, trace.scalar('invBatch'))] : [])]
  trace.graph.output(
    'loss',
    sums.reduce((a, b) => add(sumOfAll(a), sumOfAll(b))),
  )
  return { losses, penalty, heads, outputs: outputs.map(({ node }) => node) }
}

/** What regularizers of trained weights and layers add to the loss, if anything. */
function penaltyOf(network: Network, trace: Trace): Node | undefined {
  const ofWeights = network.trainableWeights.flatMap((variable) => {
    const { regularizer } = variable
    return regularizer ? [blaming(variable.path, () => regularizer.penalty(trace.read(variable)))] : []
  })
  const all = [...ofWeights, ...trace.penalties]
  return all.length > 0 ? all.reduce(add) : undefined
}

/** Adds the metrics of one output, and its loss where several have one. Returns the loss. */
function traceHead(trace: Trace, head: Head, index: number, output: Node, weights: Node | undefined) {
  const { graph } = trace
  const known = new Map<TargetKind, readonly Aim[]>()
  const aims = ({ targets: kind }: Pick<Metric, 'targets'>): readonly Aim[] => {
    const named = typeof kind === 'string' ? kind : kind(output.shape.slice(1))
    const found = known.get(named) ?? aimsOf(trace, targetInput(trace, index, named, output))
    known.set(named, found)
    return found
  }
  const addMetric = ({ name, metric }: Logged, weights?: Node) => {
    for (const [sum, node] of Object.entries(sumsOf(metric, aims(metric), output, weights)))
      graph.output(sumName(name, sum), node)
  }
  const loss = head.loss && lossOf(head.loss, aims(head.loss), output, weights)
  if (loss && head.lossName) graph.output(head.lossName, sumOfMeasure(loss))
  for (const each of head.metrics) addMetric(each)
  for (const each of head.weightedMetrics) addMetric(each, weights)
  if (weights && head.weightedMetrics.length > 0) graph.output(weightSumName(head.output), sumLeading(weights))
  return loss ? { ...loss, weight: loss.weight * head.lossWeight } : undefined
}

function targetInput(trace: Trace, index: number, kind: TargetKind, output: Node): Node {
  const { shape } = output
  const name = targetName(index, kind)
  return kind === 'labels'
    ? batchedInput(trace, name, [...shape.slice(0, -1), 1], 'i32')
    : batchedInput(trace, name, shape, 'f32')
}

function batchedInput({ graph }: Trace, name: string, shape: Shape, dtype: DType): Node {
  return input(graph, name, { shape, dtype, batched: true })
}

/** The sum over the images, as [K]: the host adds the K numbers. */
function sumOfMeasure({ elements, weight }: Measure): Node {
  const sum = sumLeading(elements)
  return weight === 1 ? sum : scale(sum, weight)
}

/** @file The graphs that a model runs: prediction, evaluation, a training step, and one that shows every layer's output. */
import { backward } from '../autodiff/backward.ts'
import type { Node } from '../ir/node.ts'
import type { Criterion, TargetKind } from '../nn/losses.ts'
import type { Network } from '../nn/network.ts'
import type { Optimizer } from '../nn/optimizers.ts'
import { Trace } from '../nn/trace.ts'
import { broadcastLike, input, scale, sumLeading } from '../ops/index.ts'
import type { DType, Shape } from '../tensor/ndarray.ts'
import { targetName } from './table.ts'

/** What `compile` chose. */
export interface Compiled {
  readonly optimizer: Optimizer
  readonly loss: Criterion
  /** By the names under which logs show them. */
  readonly metrics: ReadonlyMap<string, Criterion>
}

/** The sizes that a graph is made for. */
export interface Format {
  readonly batch: number
  /** Of each input of the network: u8 stays u8 until it reaches the first layer. */
  readonly dtypes: readonly DType[]
}

/** Outputs: `output0`, ... in the order of the network's outputs. */
export function predictGraph(network: Network, format: Format): Trace {
  const trace = new Trace({ training: false })
  network.trace(inputsOf(network, trace, format)).forEach(({ node }, i) => {
    trace.graph.output(`output${i}`, node)
  })
  return trace
}

/** Outputs: `loss` and the metrics, each [K], whose elements add up to the sum over the images. */
export function evaluateGraph(network: Network, compiled: Compiled, format: Format): Trace {
  const trace = new Trace({ training: false })
  traceCriteria(network, compiled, trace, format)
  return trace
}

/** As `evaluateGraph`, in training mode, plus the updates of all weights; a step whose loss is not finite makes none. */
export function trainGraph(network: Network, compiled: Compiled, format: Format): Trace {
  const trace = new Trace({ training: true })
  const { elements, weight } = traceCriteria(network, compiled, trace, format)
  trace.graph.guard = trace.graph.outputs.get('loss')
  const weights = network.trainableWeights
  const seed = broadcastLike(elements, scale(trace.scalar('invBatch'), weight))
  const gradients = backward(
    elements,
    weights.map((variable) => trace.read(variable)),
    seed,
  )
  compiled.optimizer.addUpdates(trace, weights, gradients)
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

function traceCriteria(network: Network, { loss, metrics }: Compiled, trace: Trace, format: Format) {
  const [{ node: output }] = network.trace(inputsOf(network, trace, format))
  const targets = new Map<TargetKind, Node>()
  const targetsOf = (kind: TargetKind): Node => {
    const known = targets.get(kind) ?? targetInput(trace, kind, output)
    targets.set(kind, known)
    return known
  }
  const measured = loss.measure(targetsOf(loss.targets), output)
  trace.graph.output('loss', sumOf(measured))
  for (const [name, metric] of metrics)
    trace.graph.output(name, sumOf(metric.measure(targetsOf(metric.targets), output)))
  return measured
}

function targetInput({ graph }: Trace, kind: TargetKind, output: Node): Node {
  const name = targetName(kind)
  if (kind === 'values') return input(graph, name, { shape: output.shape, dtype: 'f32', batched: true })
  return input(graph, name, { shape: [output.shape[0], 1], dtype: 'i32', batched: true })
}

/** The sum over the images, as [K]: the host adds the K numbers. */
function sumOf({ elements, weight }: ReturnType<Criterion['measure']>): Node {
  const sum = sumLeading(elements)
  return weight === 1 ? sum : scale(sum, weight)
}

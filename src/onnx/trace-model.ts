/** @file A model as the graph of ops that predicts one image. */
import type { Node } from '../ir/node.ts'
import type { Application, SymbolicTensor } from '../nn/layer.ts'
import { BatchNormalization } from '../nn/layers/batch-normalization.ts'
import { Network } from '../nn/network.ts'
import { type Tensor, Trace } from '../nn/trace.ts'
import type { Variable } from '../nn/variable.ts'
import type { Shape } from '../tensor/ndarray.ts'
import type { Model } from '../train/model.ts'

/** A batch normalisation stays one node, although its layer is made of many ops. */
export interface Norm {
  readonly layer: BatchNormalization
  readonly input: Node
}

export interface Traced {
  readonly inputs: readonly Node[]
  readonly outputs: readonly { readonly name: string; readonly node: Node }[]
  /** In the order in which they can be computed. */
  readonly nodes: readonly Node[]
  readonly variables: readonly Variable[]
  /** By the nodes that hold their results. */
  readonly norms: ReadonlyMap<Node, Norm>
}

/** The graph of one image. */
export function traceModel(model: Model): Traced {
  const trace = new Trace({ training: false })
  const inputs = model.inputs.map(({ shape, source }) =>
    trace.input(source.layer.name, [1, ...(shape.slice(1) as Shape)], 'f32'),
  )
  const norms = new Map<Node, Norm>()
  const results = traceNetwork(model, inputs, norms)
  return {
    inputs: inputs.map(({ node }) => node),
    outputs: results.map(({ node }, i) => ({ name: model.outputs[i].source.layer.name, node })),
    nodes: trace.graph.nodes,
    variables: trace.variables,
    norms,
  }
}

/** As `Network.trace`, into nested networks too, noting the batch normalisations. */
function traceNetwork({ topology }: Network, inputs: readonly Tensor[], norms: Map<Node, Norm>): Tensor[] {
  const values = new Map<Application, readonly Tensor[]>(topology.inputs.map(({ source }, i) => [source, [inputs[i]]]))
  const find = ({ source, index }: SymbolicTensor) => (values.get(source) as readonly Tensor[])[index]
  for (const application of topology.applications) {
    if (values.has(application)) continue
    const { layer } = application
    const args = application.inputs.map(find)
    const results =
      layer instanceof Network
        ? args[0].trace.within(layer.name, () => traceNetwork(layer, args, norms))
        : layer.applyAll(args)
    if (layer instanceof BatchNormalization && layer.hasChannelsLast(args[0].shape.length))
      norms.set(results[0].node, { layer, input: args[0].node })
    values.set(application, results)
  }
  return topology.outputs.map(find)
}

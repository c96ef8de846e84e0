/**
 * @file A network: layers wired from inputs to outputs. It is a layer itself, so networks nest. What it adds is the wiring,
 * the summary and the costs; training comes on top, in train/.
 */
import { received, SeparableError } from '../base/errors.ts'
import { renderSummary, type Summary, type SummaryLayer, type SummaryOptions } from '../report/summary.ts'
import type { Shape } from '../tensor/ndarray.ts'
import { type Application, Layer, type SymbolicTensor } from './layer.ts'
import { suggest } from './names.ts'
import { isChain, type Topology } from './topology.ts'
import { type Tensor, Trace } from './trace.ts'
import type { Variable } from './variable.ts'
import { weightPaths } from './weight-paths.ts'

export interface SummaryArgs extends Pick<SummaryOptions, 'cost'> {
  /** Where the text goes. Default: the console. `false` prints nothing. */
  readonly print?: ((text: string) => void) | false
}

export abstract class Network extends Layer {
  /** The wiring. @throws SeparableError (`argument`) as long as the shape of the input is not known */
  abstract get topology(): Topology
  /** The layers, without the sequential model's input, in the order of the summary. */
  abstract get layers(): readonly Layer[]

  get inputs(): readonly SymbolicTensor[] {
    return this.topology.inputs
  }

  get outputs(): readonly SymbolicTensor[] {
    return this.topology.outputs
  }

  override get sublayers(): readonly Layer[] {
    return this.layers
  }

  /** The weights by their paths in this network, as files name them: `dense/kernel`, `backbone/conv2d/kernel`. */
  get namedWeights(): ReadonlyMap<string, Variable> {
    return weightPaths(this)
  }

  /**
   * The layer of this name, or at this position.
   * @throws SeparableError (`argument`) when there is none
   */
  getLayer(which: string | number): Layer {
    const { layers } = this
    const found = typeof which === 'number' ? layers.at(which) : layers.find(({ name }) => name === which)
    if (found) return found
    const names = layers.map(({ name }) => name)
    throw new SeparableError(
      'argument',
      `${this.name} has no such layer${typeof which === 'string' ? suggest(which, names) : ''}, ${received(which)}`,
    )
  }

  override call(...inputs: readonly Tensor[]): Tensor {
    return this.trace(inputs)[0]
  }

  protected override callAll(inputs: readonly Tensor[]): readonly Tensor[] {
    return this.trace(inputs)
  }

  /** The outputs for these inputs; `observe` is told what every layer made, first outputs alone. */
  trace(inputs: readonly Tensor[], observe?: (layer: Layer, output: Tensor) => void): Tensor[] {
    const { topology } = this
    const values = new Map<Application, readonly Tensor[]>(
      topology.inputs.map(({ source }, i) => [source, [inputs[i]]]),
    )
    const find = ({ source, index }: SymbolicTensor) => (values.get(source) as readonly Tensor[])[index]
    for (const application of topology.applications) {
      if (values.has(application)) continue
      const outputs = application.layer.applyAll(application.inputs.map(find))
      values.set(application, outputs)
      observe?.(application.layer, outputs[0])
    }
    return topology.outputs.map(find)
  }

  /**
   * The table of layers, shapes and numbers of weights, exactly as Keras 3 prints it; `cost` adds multiply-accumulates for
   * one image. The text ends in a newline and is both printed and returned.
   */
  summary(args: SummaryArgs = {}): string {
    if (typeof args !== 'object' || args === null)
      throw new SeparableError('argument', `summary: the options must be an object, ${received(args)}`)
    const { print = (text) => console.log(text.trimEnd()), ...options } = args
    const text = renderSummary(this.describe(), options)
    if (print) print(text)
    return text
  }

  /** The numbers behind `summary`, for reports. */
  describe(): Summary {
    const { built } = this
    const costs = built ? this.macs() : new Map<string, number>()
    const rows = this.layers.map((layer): SummaryLayer => {
      const { name, className } = layer
      if (!built) return { name, className, outputShape: null, params: layer.built ? layer.countParams() : null }
      const params = layer.countParams()
      const connectedTo = connectionsOf(layer, this.topology)
      const [outputShape, ...otherShapes] = layer.outputShapes
      const shapes = otherShapes.length > 0 ? { outputShape, otherShapes } : { outputShape }
      return { name, className, ...shapes, params, connectedTo, macs: costs.get(name) ?? 0 }
    })
    const totals = { trainable: sizeOfAll(this.trainableWeights), nonTrainable: sizeOfAll(this.nonTrainableWeights) }
    return { name: this.name, sequential: !built || isChain(this.topology), layers: rows, totals }
  }

  /** Multiply-accumulates for one image, forward, by layer name. */
  macs(): ReadonlyMap<string, number> {
    const trace = new Trace({ training: false })
    const inputs = this.inputs.map(({ shape, source }) =>
      trace.input(source.layer.name, [1, ...(shape.slice(1) as Shape)], 'f32'),
    )
    this.trace(inputs).forEach(({ node }, i) => {
      trace.graph.output(`output${i}`, node)
    })
    const costs = new Map<string, number>()
    for (const node of trace.graph.live()) {
      const [layer] = node.label.split('/')
      costs.set(layer, (costs.get(layer) ?? 0) + node.op.cost(node).macs)
    }
    return costs
  }
}

/** `name[use][output]` of every value that feeds this layer. */
function connectionsOf(layer: Layer, { applications }: Topology): string[] {
  return applications
    .filter((application) => application.layer === layer)
    .flatMap(({ inputs }) => inputs.map(({ source, index }) => `${source.layer.name}[${source.index}][${index}]`))
}

function sizeOfAll(weights: readonly { readonly size: number }[]): number {
  return weights.reduce((sum, { size }) => sum + size, 0)
}

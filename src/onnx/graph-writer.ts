/** @file An ONNX graph under construction: nodes and weights with names of their own. */
import type { OnnxAttribute, OnnxNode, OnnxTensor } from '../formats/onnx/types.ts'
import type { Shape } from '../tensor/ndarray.ts'

interface DraftNode extends OnnxNode {
  readonly inputs: string[]
  readonly outputs: string[]
}

export type Attributes = { readonly [name: string]: OnnxAttribute }

export const int = (value: number): OnnxAttribute => ({ type: 'int', value })
export const ints = (value: readonly number[]): OnnxAttribute => ({ type: 'ints', value })
export const text = (value: string): OnnxAttribute => ({ type: 'string', value })
export const float = (value: number): OnnxAttribute => ({ type: 'float', value })

export class GraphWriter {
  readonly nodes: DraftNode[] = []
  readonly initializers = new Map<string, OnnxTensor>()
  readonly #names = new Set<string>()
  readonly #makers = new Map<string, DraftNode>()

  /** This name, or with a number behind it when it is taken. */
  name(wanted: string): string {
    let name = wanted
    for (let count = 1; this.#names.has(name); count++) name = `${wanted}_${count}`
    this.#names.add(name)
    return name
  }

  /**
   * Adds a node and returns the name of its value.
   * @param label the layer that it belongs to
   */
  node(label: string, opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = this.name(label ? `${label}/${opType}` : opType)
    const output = this.name(`${name}:0`)
    const node = {
      name,
      opType,
      domain: '',
      inputs: [...inputs],
      outputs: [output],
      attributes: new Map(Object.entries(attributes)),
    }
    this.nodes.push(node)
    this.#makers.set(output, node)
    return output
  }

  /** A weight or constant; its name. */
  floats(wanted: string, data: Float32Array, shape: Shape): string {
    return this.#initializer(wanted, { kind: 'float', data, shape })
  }

  /** A list of whole numbers; its name. */
  ints(wanted: string, values: readonly number[]): string {
    return this.#initializer(wanted, { kind: 'int', data: Float64Array.from(values), shape: [values.length] })
  }

  #initializer(wanted: string, tensor: OnnxTensor): string {
    const name = this.name(wanted)
    this.initializers.set(name, tensor)
    return name
  }

  /** Gives a product whose third operand is free a bias; false when the value is not such a product. */
  addBias(value: string, bias: () => string): boolean {
    const node = this.#makers.get(value)
    if (!node || !['Conv', 'ConvTranspose', 'Gemm'].includes(node.opType) || node.inputs.length !== 2) return false
    node.inputs.push(bias())
    return true
  }

  /** Makes a value an output of the graph under this name. */
  publish(value: string, wanted: string): string {
    const made = this.#makers.has(value) ? value : this.node('', 'Identity', [value])
    const name = this.name(wanted)
    for (const { inputs, outputs } of this.nodes)
      for (const list of [inputs, outputs])
        list.splice(0, list.length, ...list.map((each) => (each === made ? name : each)))
    this.#makers.delete(made)
    return name
  }
}

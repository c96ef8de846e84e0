/** @file One node of a file: its attributes, asked for by type, and errors that name it. */
import { received, SeparableError } from '../base/errors.ts'
import type { OnnxAttribute, OnnxNode } from '../formats/onnx/types.ts'

type AttributeType = OnnxAttribute['type']
type ValueOf<T extends AttributeType> = Extract<OnnxAttribute, { readonly type: T }>['value'] &
  (T extends 'int' | 'float' ? number : T extends 'ints' | 'floats' ? readonly number[] : unknown)

/** Attributes that say nothing about the numbers: where the oldest files wrote their results. */
const MEANINGLESS = ['consumed_inputs']

export class NodeArgs {
  readonly node: OnnxNode
  /** The version of the set of operators. */
  readonly opset: number
  /** `net.onnx: Conv "conv1"`, for messages. */
  readonly what: string
  /** What was asked for so far: the rest would be dropped in silence. */
  readonly #attributesRead = new Set(MEANINGLESS)
  readonly #operandsRead = new Set<number>()

  constructor(node: OnnxNode, opset: number, file: string) {
    this.node = node
    this.opset = opset
    this.what = `${file}: ${node.opType} "${node.name || (node.outputs[0] ?? '')}"`
  }

  /** An attribute, or `fallback` where there is none. @throws SeparableError (`data`) when it is of another type */
  attribute<T extends AttributeType, F>(name: string, type: T, fallback: F): ValueOf<T> | F {
    this.#attributesRead.add(name)
    const attribute = this.node.attributes.get(name)
    if (!attribute) return fallback
    if (attribute.type === type) return attribute.value as ValueOf<T>
    throw this.damaged(`${name} must be of type ${type}`, attribute.type === 'other' ? attribute.value : attribute.type)
  }

  int(name: string, fallback: number): number {
    return this.attribute(name, 'int', fallback)
  }

  float(name: string, fallback: number): number {
    return this.attribute(name, 'float', fallback)
  }

  ints(name: string): readonly number[] | undefined {
    return this.attribute(name, 'ints', undefined)
  }

  text(name: string, fallback: string): string {
    return this.attribute(name, 'string', fallback)
  }

  /** The name of an operand; undefined when it is left out. */
  inputName(index: number): string | undefined {
    this.#operandsRead.add(index)
    return this.node.inputs[index] || undefined
  }

  // ---------------------------------------------------------------------------- what is left out

  /** Attributes that change nothing here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#attributesRead.add(name)
  }

  /** @throws SeparableError (`unsupported`) when an attribute is there and says something else than this */
  mustBe(name: string, usual: number | string): void {
    const given = typeof usual === 'number' ? this.int(name, usual) : this.text(name, usual)
    if (given !== usual) throw this.unsupported(`${name} must be ${usual}`, given)
  }

  /** @throws SeparableError (`unsupported`) naming an attribute or an operand that is there and that nobody asked for */
  refuseUnread(): void {
    for (const [name, { value }] of this.node.attributes)
      if (!this.#attributesRead.has(name)) throw this.unsupported(`attribute ${name} is not supported`, value)
    const index = this.node.inputs.findIndex((name, i) => name !== '' && !this.#operandsRead.has(i))
    if (index >= 0) throw this.unsupported(`operand ${index} is not supported`, this.node.inputs[index])
  }

  /** A count of axes, or an axis from the end as a negative number, as an index. */
  axis(axis: number, rank: number): number {
    const index = axis < 0 ? axis + rank : axis
    if (Number.isInteger(index) && index >= 0 && index < rank) return index
    throw this.damaged(`the axis must be one of ${rank}`, axis)
  }

  /** The file is wrong. */
  damaged(problem: string, value: unknown): SeparableError {
    return new SeparableError('data', `${this.what}: ${problem}, ${received(value)}`)
  }

  /** The file is right, but this library cannot do it. */
  unsupported(problem: string, value: unknown): SeparableError {
    return new SeparableError('unsupported', `${this.what}: ${problem}, ${received(value)}`)
  }
}

/** @file Small ONNX files for tests, written as lists of steps. */
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, TensorProto_DataLocation } from 'onnx-buf'
import { Random } from '../base/random.ts'
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from '../formats/onnx/types.ts'
import { writeOnnx } from '../formats/onnx/write.ts'
import { type Shape, sizeOf } from '../tensor/ndarray.ts'

export type Attributes = {
  readonly [name: string]: number | string | readonly number[] | OnnxTensor | { readonly other: string }
}
/** Operator, operands, attributes. The value of node i is called `i`; `x` is the input. */
export type Step = readonly [opType: string, inputs: string, attributes?: Attributes]

export interface Spec {
  readonly x?: Shape
  readonly steps: readonly Step[]
  readonly weights?: { readonly [name: string]: OnnxTensor }
  readonly opset?: number
  /** The results of the first node, when it has more than one. */
  readonly outputs?: readonly string[]
}

/** Numbers that are always the same. */
export function random(shape: Shape, seed: number): Float32Array<ArrayBuffer> {
  const numbers = new Random(seed, 'cases')
  return Float32Array.from({ length: sizeOf(shape) }, () => numbers.normal())
}

/** A weight of random numbers. */
export function weight(...shape: number[]): OnnxTensor {
  return { kind: 'float', shape, data: random(shape, sizeOf(shape)) }
}

/** A weight above 0. */
export const positive = (...shape: number[]): OnnxTensor => {
  const { data } = weight(...shape)
  return { kind: 'float', shape, data: Float32Array.from(data, (x) => 0.5 + Math.abs(x)) }
}
export const float = (value: number): OnnxTensor => ({ kind: 'float', shape: [], data: Float32Array.of(value) })
export const floats = (...values: number[]): OnnxTensor => ({
  kind: 'float',
  shape: [values.length],
  data: Float32Array.from(values),
})
export const list = (...values: number[]): OnnxTensor => ({
  kind: 'int',
  shape: [values.length],
  data: Float64Array.from(values),
})
export const index = (value: number): OnnxTensor => ({ kind: 'int', shape: [], data: Float64Array.of(value) })

const FLOATS = ['alpha', 'beta', 'gamma', 'epsilon', 'momentum', 'ratio', 'min', 'max', 'value_float']

function attributeOf(name: string, value: Attributes[string]): OnnxAttribute {
  if (typeof value === 'number') return { type: FLOATS.includes(name) ? 'float' : 'int', value }
  if (typeof value === 'string') return { type: 'string', value }
  if ('other' in value) return { type: 'other', value: value.other }
  return 'kind' in value ? { type: 'tensor', value } : { type: 'ints', value }
}

/** The file that a spec describes. Its output is called by the number of the last step. */
export function fileOf({ x = [2, 4, 7, 6], steps, weights = {}, opset = 17, outputs = ['0'] }: Spec): Uint8Array {
  const nodes = steps.map(([opType, inputs, attributes = {}], i): OnnxNode => {
    const entries = Object.entries(attributes).map(([name, value]) => [name, attributeOf(name, value)] as const)
    const operands = inputs === '' ? [] : inputs.split(' ').map((name) => (name === '-' ? '' : name))
    return {
      name: `${opType}_${i}`,
      opType,
      domain: '',
      inputs: operands,
      outputs: i === 0 ? outputs : [`${i}`],
      attributes: new Map(entries),
    }
  })
  const file: OnnxModel = {
    opset,
    name: 'case',
    inputs: [{ name: 'x', shape: ['N', ...x.slice(1)] }],
    outputs: [{ name: `${steps.length - 1}`, shape: null }],
    initializers: new Map(Object.entries(weights)),
    nodes,
  }
  return writeOnnx(file)
}

/** The same file with its weights in another one, as PyTorch writes it. */
export function withoutWeights(
  file: Uint8Array,
  location: string,
): { readonly file: Uint8Array; readonly data: Uint8Array } {
  const model = fromBinary(ModelProtoSchema, file)
  const chunks: Uint8Array[] = []
  let offset = 0
  for (const tensor of model.graph?.initializer ?? []) {
    const length = tensor.rawData.length
    const place = Object.entries({ location, offset: `${offset}`, length: `${length}` })
    tensor.externalData = place.map(([key, value]) => ({ $typeName: 'onnx.StringStringEntryProto', key, value }))
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL
    chunks.push(tensor.rawData)
    tensor.rawData = new Uint8Array()
    offset += length
  }
  return { file: toBinary(ModelProtoSchema, model), data: Uint8Array.from(chunks.flatMap((chunk) => [...chunk])) }
}

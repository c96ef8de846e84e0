/** @file From the bytes of an ONNX file to plain values. The protobuf library checks lengths and depths, this file the rest. */
import { fromBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf'
import { arrayBytes, decodeArray, decodeIntegers, type ScalarType } from '../arrays.ts'
import { Bytes, damaged, decodeText, unsupported } from '../bytes.ts'
import { rejectForeign } from '../foreign.ts'
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './types.ts'

/** Files beside an ONNX file that hold numbers of its tensors, by the names under which it knows them. */
export type ExternalData = ReadonlyMap<string, Uint8Array>

/**
 * The graph in an ONNX file of any version. Of attributes that hold graphs or lists of text only the kind is kept.
 * @param what the name of the file, for messages
 * @throws SeparableError `data` when the file is damaged, `unsupported` for unknown numbers, and tensors in other files that
 *   are not given
 */
export function readOnnx(bytes: Uint8Array, what = 'ONNX file', external: ExternalData = new Map()): OnnxModel {
  const { graph, opsetImport, metadataProps } = parse(new Bytes(bytes, what))
  const opset = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')
  if (!graph || graph.node.length === 0) throw damaged(what, 'is no ONNX file: it holds no graph', bytes)
  return {
    opset: Number(opset?.version ?? 1),
    name: graph.name,
    inputs: graph.input.map(valueInfo),
    outputs: graph.output.map(valueInfo),
    initializers: initializersOf(graph, what, external),
    nodes: graph.node.map((node) => readNode(node, what, external)),
    ...(metadataProps.length > 0 && { metadata: new Map(metadataProps.map(({ key, value }) => [key, value])) }),
  }
}

/**
 * The names of the files that hold numbers of an ONNX file, each once. PyTorch writes all weights into `net.onnx.data`.
 * @throws SeparableError `data` when the file is damaged
 */
export function externalFilesOf(bytes: Uint8Array, what: string): string[] {
  const { graph } = parse(new Bytes(bytes, what))
  const ofNodes = (graph?.node ?? []).flatMap(({ attribute }) => attribute.flatMap(({ t }) => (t ? [t] : [])))
  const tensors = [...(graph?.initializer ?? []), ...ofNodes].filter(isExternal)
  return [...new Set(tensors.map((tensor) => placeOf(tensor).get('location') ?? ''))]
}

function parse({ data, what }: Bytes): ModelProto {
  rejectForeign(data, what)
  try {
    return fromBinary(ModelProtoSchema, data, { readUnknownFields: false })
  } catch (error) {
    throw damaged(what, 'is no ONNX file, or it is damaged', error instanceof Error ? error.message : error)
  }
}

function valueInfo({ name, type }: ValueInfoProto): OnnxValueInfo {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined
  const shape = tensor?.shape?.dim.map(({ value }) => {
    if (value.case === 'dimValue') return Number(value.value)
    return value.case === 'dimParam' ? value.value : null
  })
  return { name, shape: shape ?? null }
}

function initializersOf(
  { initializer, sparseInitializer }: GraphProto,
  what: string,
  external: ExternalData,
): Map<string, OnnxTensor> {
  if (sparseInitializer.length > 0) throw unsupported(what, 'holds sparse weights', sparseInitializer.length)
  return new Map(initializer.map((tensor) => [tensor.name, readTensor(tensor, `${what}: ${tensor.name}`, external)]))
}

function readNode(
  { name, opType, domain, input, output, attribute }: NodeProto,
  what: string,
  external: ExternalData,
): OnnxNode {
  const attributes = new Map<string, OnnxAttribute>()
  for (const each of attribute) {
    attributes.set(each.name, readAttribute(each, `${what}: ${opType} ${name}: ${each.name}`, external))
  }
  return { name, opType, domain: domain === 'ai.onnx' ? '' : domain, inputs: input, outputs: output, attributes }
}

function readAttribute(attribute: AttributeProto, what: string, external: ExternalData): OnnxAttribute {
  switch (attribute.type) {
    case AttributeType.INT:
      return { type: 'int', value: Number(attribute.i) }
    case AttributeType.FLOAT:
      return { type: 'float', value: attribute.f }
    case AttributeType.INTS:
      return { type: 'ints', value: attribute.ints.map(Number) }
    case AttributeType.FLOATS:
      return { type: 'floats', value: attribute.floats }
    case AttributeType.STRING:
      return { type: 'string', value: decodeText(attribute.s) }
    case AttributeType.TENSOR:
      if (!attribute.t) throw damaged(what, 'holds no tensor', attribute.t)
      return { type: 'tensor', value: readTensor(attribute.t, what, external) }
    default:
      return { type: 'other', value: AttributeType[attribute.type] ?? `type ${attribute.type}` }
  }
}

// ------------------------------------------------------------------------------ tensors

const SCALARS: ReadonlyMap<number, ScalarType> = new Map([
  [DataType.FLOAT, 'f32'],
  [DataType.DOUBLE, 'f64'],
  [DataType.FLOAT16, 'f16'],
  [DataType.BFLOAT16, 'bf16'],
  [DataType.BOOL, 'bool'],
  [DataType.UINT8, 'u8'],
  [DataType.INT8, 'i8'],
  [DataType.UINT16, 'u16'],
  [DataType.INT16, 'i16'],
  [DataType.UINT32, 'u32'],
  [DataType.INT32, 'i32'],
  [DataType.UINT64, 'u64'],
  [DataType.INT64, 'i64'],
])

const FLOATS: readonly ScalarType[] = ['f16', 'bf16', 'f32', 'f64']

function isExternal({ dataLocation }: TensorProto): boolean {
  return dataLocation === DataLocation.EXTERNAL
}

/** `location`, `offset`, `length` of numbers in another file (onnx/docs/ExternalData.md). */
function placeOf({ externalData }: TensorProto): ReadonlyMap<string, string> {
  return new Map(externalData.map(({ key, value }) => [key, value]))
}

function externalBytes(tensor: TensorProto, what: string, external: ExternalData): Uint8Array {
  const place = placeOf(tensor)
  const location = place.get('location') ?? ''
  const file = external.get(location)
  if (!file) throw unsupported(what, 'lies in another file: give its bytes in externalData', location)
  const offset = Number(place.get('offset') ?? 0)
  return new Bytes(file, `${what}: ${location}`).slice(offset, Number(place.get('length') ?? file.length - offset))
}

function readTensor(tensor: TensorProto, what: string, external: ExternalData): OnnxTensor {
  const type = SCALARS.get(tensor.dataType)
  if (!type) throw unsupported(what, 'holds a kind of numbers that is not known', DataType[tensor.dataType])
  const shape = tensor.dims.map(Number)
  const count = arrayBytes('u8', shape, what)
  const isFloat = FLOATS.includes(type)
  const rawData = isExternal(tensor) ? externalBytes(tensor, what, external) : tensor.rawData
  if (rawData.length === 0) {
    const numbers = typedNumbers(tensor, type)
    if (numbers.length !== count) throw damaged(what, `needs ${count} numbers for its shape`, numbers.length)
    if (isFloat) return { kind: 'float', shape, data: Float32Array.from(numbers) }
    return { kind: 'int', shape, data: Float64Array.from(numbers) }
  }
  const size = arrayBytes(type, shape, what)
  if (rawData.length !== size) throw damaged(what, `needs ${size} bytes for its shape`, rawData.length)
  if (isFloat) return { kind: 'float', shape, data: decodeArray(rawData, type, shape, what).data as Float32Array }
  return { kind: 'int', shape, data: decodeIntegers(rawData, type) }
}

/** Numbers that are no bytes lie in one of several fields. Floats of 16 bits are there as whole numbers. */
function typedNumbers(tensor: TensorProto, type: ScalarType): ArrayLike<number> {
  const { floatData, doubleData, int32Data, int64Data, uint64Data } = tensor
  switch (type) {
    case 'f32':
      return floatData
    case 'f64':
      return doubleData
    case 'f16':
    case 'bf16': {
      const halves = new Uint8Array(Uint16Array.from(int32Data).buffer)
      return decodeArray(halves, type, [int32Data.length], tensor.name).data
    }
    case 'i64':
      return int64Data.map(Number)
    case 'u32':
    case 'u64':
      return uint64Data.map(Number)
    default:
      return int32Data
  }
}

/** @file From plain values to the bytes of an ONNX file. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf'
import { encodeText } from '../bytes.ts'
import type { OnnxAttribute, OnnxModel, OnnxTensor, OnnxValueInfo } from './types.ts'

/** The version of the format itself: 8 is that of ONNX 1.10 to 1.12, which every reader in use knows. */
const IR_VERSION = 8n

/** The bytes of an ONNX file; integers are written as int64. */
export function writeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const message = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'separable',
    opsetImport: [{ domain: '', version: BigInt(model.opset) }],
    metadataProps: [...(model.metadata ?? [])].map(([key, value]) => ({ key, value })),
    graph: {
      name: model.name,
      input: model.inputs.map(valueInfo),
      output: model.outputs.map(valueInfo),
      initializer: [...model.initializers].map(([name, value]) => ({ name, ...tensor(value) })),
      node: model.nodes.map(({ name, opType, domain, inputs, outputs, attributes }) => ({
        name,
        opType,
        domain,
        input: [...inputs],
        output: [...outputs],
        attribute: [...attributes].map(([key, value]) => ({ name: key, ...attribute(value) })),
      })),
    },
  })
  return toBinary(ModelProtoSchema, message)
}

function valueInfo({ name, shape }: OnnxValueInfo): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape?.map((size) => {
    if (typeof size === 'number') return { value: { case: 'dimValue' as const, value: BigInt(size) } }
    return size === null ? {} : { value: { case: 'dimParam' as const, value: size } }
  })
  const value = { elemType: DataType.FLOAT, ...(dim && { shape: { dim } }) }
  return { name, type: { value: { case: 'tensorType', value } } }
}

function tensor({ kind, shape, data }: OnnxTensor): MessageInitShape<typeof TensorProtoSchema> {
  const dims = shape.map(BigInt)
  if (kind === 'float') return { dims, dataType: DataType.FLOAT, rawData: bytesOf(new Float32Array(data)) }
  return { dims, dataType: DataType.INT64, rawData: bytesOf(BigInt64Array.from(data, BigInt)) }
}

/** The machines that WebAssembly runs on are little-endian, as the file must be. */
function bytesOf({ buffer }: { readonly buffer: ArrayBuffer }): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer)
}

function attribute(attribute: OnnxAttribute): MessageInitShape<typeof AttributeProtoSchema> {
  switch (attribute.type) {
    case 'int':
      return { type: AttributeType.INT, i: BigInt(attribute.value) }
    case 'float':
      return { type: AttributeType.FLOAT, f: attribute.value }
    case 'ints':
      return { type: AttributeType.INTS, ints: attribute.value.map(BigInt) }
    case 'floats':
      return { type: AttributeType.FLOATS, floats: [...attribute.value] }
    case 'string':
      return { type: AttributeType.STRING, s: encodeText(attribute.value) }
    case 'tensor':
      return { type: AttributeType.TENSOR, t: tensor(attribute.value) }
    case 'other':
      return { type: AttributeType[attribute.value as keyof typeof AttributeType] }
  }
}

/** @file ONNX files: what is written is read again, what others write is understood, what is damaged is refused. */
import { create, toBinary } from '@bufbuild/protobuf'
import { TensorProto_DataType as DataType, ModelProtoSchema, TensorProto_DataLocation } from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { mutate, outcomeOf } from '../fuzz-testing.ts'
import { readOnnx } from './read.ts'
import type { OnnxModel } from './types.ts'
import { writeOnnx } from './write.ts'

const MODEL: OnnxModel = {
  opset: 17,
  name: 'small',
  inputs: [{ name: 'x', shape: ['batch', 3] }],
  outputs: [
    { name: 'y', shape: ['batch', null] },
    { name: 'z', shape: null },
  ],
  initializers: new Map([
    ['kernel', { kind: 'float', shape: [3, 1], data: Float32Array.of(1, -2, 0.5) }],
    ['shape', { kind: 'int', shape: [2], data: Float64Array.of(0, -1) }],
    ['one', { kind: 'float', shape: [], data: Float32Array.of(1) }],
  ]),
  nodes: [
    {
      name: 'dense/Gemm',
      opType: 'Gemm',
      domain: '',
      inputs: ['x', 'kernel', ''],
      outputs: ['y'],
      attributes: new Map([
        ['transB', { type: 'int', value: -1 }],
        ['alpha', { type: 'float', value: 0.5 }],
        ['pads', { type: 'ints', value: [1, 2] }],
        ['scales', { type: 'floats', value: [1, 2.5] }],
        ['auto_pad', { type: 'string', value: 'SAME_UPPER' }],
        ['value', { type: 'tensor', value: { kind: 'int', shape: [1], data: Float64Array.of(2 ** 40) } }],
      ]),
    },
  ],
}

type Tensor = NonNullable<Parameters<typeof create<typeof ModelProtoSchema>>[1]>

/** A file with one weight, as others might write it. */
function fileWith(initializer: object, sparse = false): Uint8Array {
  const weights = sparse ? { sparseInitializer: [{}] } : { initializer: [{ name: 'w', ...initializer }] }
  const init = { graph: { node: [{ opType: 'Relu' }], ...weights } }
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, init as Tensor))
}

const bytes = (...values: number[]) => Uint8Array.from(values)

describe('ONNX files', () => {
  it('read as they were written', () => {
    expect(readOnnx(writeOnnx(MODEL))).toEqual(MODEL)
  })

  it.each([
    ['f32 as numbers', { dataType: DataType.FLOAT, dims: [2n], floatData: [1, 2] }, [1, 2]],
    ['f64 as bytes', { dataType: DataType.DOUBLE, dims: [1n], rawData: bytes(0, 0, 0, 0, 0, 0, 0xf8, 0x3f) }, [1.5]],
    ['f64 as numbers', { dataType: DataType.DOUBLE, dims: [1n], doubleData: [0.25] }, [0.25]],
    ['f16 as bytes', { dataType: DataType.FLOAT16, dims: [1n], rawData: bytes(0, 0x3c) }, [1]],
    ['f16 as numbers', { dataType: DataType.FLOAT16, dims: [2n], int32Data: [0x3c00, 0xc000] }, [1, -2]],
    ['bf16 as numbers', { dataType: DataType.BFLOAT16, dims: [1n], int32Data: [0x3fc0] }, [1.5]],
    ['i8 as bytes', { dataType: DataType.INT8, dims: [2n], rawData: bytes(1, 255) }, [1, -1]],
    ['truth values', { dataType: DataType.BOOL, dims: [2n], int32Data: [0, 1] }, [0, 1]],
    ['i64 as numbers', { dataType: DataType.INT64, dims: [1n], int64Data: [-(2n ** 40n)] }, [-(2 ** 40)]],
    ['u64 as numbers', { dataType: DataType.UINT64, dims: [1n], uint64Data: [7n] }, [7]],
    ['nothing', { dataType: DataType.INT64, dims: [0n] }, []],
  ])('hold %s', (_, tensor, values) => {
    expect([...(readOnnx(fileWith(tensor)).initializers.get('w')?.data ?? [])]).toEqual(values)
  })

  it.each([
    [bytes(), 'data', 'is empty: get or save it again'],
    [bytes(8, 8), 'data', 'is no ONNX file: it holds no graph'],
    [bytes(0xff, 0xff), 'data', 'is no ONNX file, or it is damaged'],
    [writeOnnx(MODEL).subarray(0, -3), 'data', 'is no ONNX file, or it is damaged'],
    [fileWith({ dataType: DataType.FLOAT, dims: [3n], floatData: [1, 2] }), 'data', 'w needs 3 numbers for its shape'],
    [fileWith({ dataType: DataType.FLOAT, dims: [2n], rawData: bytes(1) }), 'data', 'w needs 8 bytes for its shape'],
    [fileWith({ dataType: DataType.FLOAT, dims: [-1n] }), 'data', 'has a shape that cannot be'],
    [fileWith({ dataType: DataType.FLOAT, dims: [2n ** 40n, 2n ** 40n] }), 'data', 'has a shape that cannot be'],
    [fileWith({ dataType: DataType.STRING }), 'unsupported', 'of numbers that is not known, received: "STRING"'],
    [
      fileWith({ dataType: DataType.FLOAT, dataLocation: TensorProto_DataLocation.EXTERNAL }),
      'unsupported',
      'w lies in another file',
    ],
    [fileWith({}, true), 'unsupported', 'holds sparse weights'],
  ])('are refused when they are damaged', (file, code, message) => {
    expect(() => readOnnx(file, 'x.onnx')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    )
  })

  it('are refused when graphs lie in graphs without end', () => {
    let graph: object = {}
    for (let depth = 0; depth < 200; depth++) graph = { node: [{ attribute: [{ g: graph }] }] }
    const file = toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph } as Tensor))
    expect(() => readOnnx(file)).toThrow(/maximum recursion depth/)
  })

  it('are read or refused, whatever bytes are changed', async () => {
    const source = writeOnnx(MODEL)
    const seeds = Array.from({ length: 500 }, (_, seed) => seed)
    const outcomes = await Promise.all(seeds.map((seed) => outcomeOf(seed, () => readOnnx(mutate(source, seed)))))
    expect(new Set(outcomes)).toEqual(new Set(['read', 'refused']))
  })
})

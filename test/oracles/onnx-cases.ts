/** @file One small ONNX file for each operator, and for each way to write it, that is understood. */
import {
  type Attributes,
  fileOf,
  float,
  floats,
  index,
  list,
  positive,
  random,
  type Spec,
  type Step,
  weight,
} from '../../src/onnx/testing.ts'
import { NdArray } from '../../src/tensor/ndarray.ts'
import { OF_AXES } from './onnx-axes.ts'
import { OF_POOLS } from './onnx-pools.ts'
import { OF_SEQUENCES } from './onnx-sequences.ts'
import { OF_SIZES } from './onnx-sizes.ts'

interface Case {
  readonly name: string
  readonly file: Uint8Array
  /** The input as the file wants it. */
  readonly x: NdArray
}

const conv = (inputs: string, attributes: Attributes = {}): Step => ['Conv', inputs, attributes]
const k3 = { k: weight(6, 4, 3, 3), b: weight(6) }

const SPECS: { readonly [name: string]: Spec } = {
  Conv: { steps: [conv('x k b', { pads: [1, 1, 1, 1], strides: [2, 2] })], weights: k3 },
  'Conv, lopsided pads': { steps: [conv('x k b', { pads: [0, 2, 1, 0] })], weights: k3 },
  'Conv, dilated': { steps: [conv('x k', { dilations: [2, 2], pads: [2, 2, 2, 2] })], weights: k3 },
  'Conv, SAME_UPPER': { steps: [conv('x k', { auto_pad: 'SAME_UPPER', strides: [2, 2] })], weights: k3 },
  'Conv, SAME_LOWER': { steps: [conv('x k', { auto_pad: 'SAME_LOWER', strides: [2, 2] })], weights: k3 },
  'Conv, VALID': { steps: [conv('x k', { auto_pad: 'VALID' })], weights: k3 },
  'Conv, depthwise': { steps: [conv('x k', { group: 4, pads: [1, 1, 1, 1] })], weights: { k: weight(8, 1, 3, 3) } },
  'Conv, depthwise, strided and dilated': {
    steps: [conv('x k', { group: 4, strides: [2, 2], dilations: [2, 2], pads: [2, 2, 2, 2] })],
    weights: { k: weight(4, 1, 3, 3) },
  },
  'Conv and Add as its bias': { steps: [conv('x k'), ['Add', 'b 0']], weights: { ...k3, b: weight(6, 1, 1) } },
  'Conv and Add of another constant': { steps: [conv('x k'), ['Add', '0 b']], weights: { ...k3, b: weight(5, 4) } },
  'Conv whose value is read twice': {
    steps: [conv('x k'), ['Add', '0 b'], ['Mul', '0 1']],
    weights: { ...k3, b: weight(6, 1, 1) },
  },
  BatchNormalization: {
    steps: [['BatchNormalization', 'x g b m v', { epsilon: 0.01 }]],
    weights: { g: weight(4), b: weight(4), m: weight(4), v: positive(4) },
  },
  InstanceNormalization: {
    steps: [['InstanceNormalization', 'x g b', { epsilon: 0.01 }]],
    weights: { g: weight(4), b: weight(4) },
  },
  MaxPool: { steps: [['MaxPool', 'x', { kernel_shape: [2, 3], strides: [2, 2] }]] },
  'MaxPool, same pads': { steps: [['MaxPool', 'x', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }]] },
  'MaxPool, pads after Relu': {
    steps: [
      ['Relu', 'x'],
      ['MaxPool', '0', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
    ],
  },
  'MaxPool, ceil': {
    steps: [
      ['Relu', 'x'],
      ['MaxPool', '0', { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }],
    ],
  },
  AveragePool: { steps: [['AveragePool', 'x', { kernel_shape: [3, 2], strides: [1, 2] }]] },
  'AveragePool, same pads': { steps: [['AveragePool', 'x', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }]] },
  'AveragePool, counted pads': {
    steps: [['AveragePool', 'x', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 }]],
  },
  'GlobalAveragePool and Flatten': {
    steps: [
      ['GlobalAveragePool', 'x'],
      ['Flatten', '0'],
    ],
  },
  GlobalMaxPool: { steps: [['GlobalMaxPool', 'x']] },
  ReduceMean: { steps: [['ReduceMean', 'x', { axes: [2, 3], keepdims: 0 }]] },
  'ReduceMean, kept': { steps: [['ReduceMean', 'x', { axes: [-1, -2] }]] },
  'Flatten and Gemm': {
    steps: [
      ['Flatten', 'x'],
      ['Gemm', '0 k b', { transB: 1, alpha: 0.5, beta: 2 }],
    ],
    weights: { k: weight(5, 168), b: weight(5) },
  },
  'Gemm without bias, and a bias of one number': {
    x: [3, 5],
    steps: [
      ['Gemm', 'x k'],
      ['Relu', '0'],
      ['Gemm', '1 l b'],
    ],
    weights: { k: weight(5, 4), l: weight(4, 2), b: weight(1, 1) },
  },
  'MatMul and Add': {
    x: [3, 5],
    steps: [
      ['MatMul', 'x k'],
      ['Add', '0 b'],
    ],
    weights: { k: weight(5, 4), b: weight(1, 4) },
  },
  'MatMul of sequences': {
    x: [2, 3, 5],
    steps: [
      ['MatMul', 'x k'],
      ['Add', '0 b'],
    ],
    weights: { k: weight(5, 4), b: weight(4) },
  },
  'Reshape by a computed shape, and MatMul of a reshaped weight': {
    steps: [
      ['Reshape', 'k ks'],
      ['Shape', 'x'],
      ['Gather', '1 zero', { axis: 0 }],
      ['Unsqueeze', '2 axes'],
      ['Concat', '3 rest', { axis: 0 }],
      ['Reshape', 'x 4'],
      ['MatMul', '5 0'],
    ],
    weights: { k: weight(4, 42, 3), ks: list(168, 3), zero: index(0), axes: list(0), rest: list(-1) },
  },
  'Reshape that keeps axes': { x: [2, 6, 5], steps: [['Reshape', 'x s']], weights: { s: list(0, 3, -1) } },
  'Squeeze and Unsqueeze': {
    steps: [
      ['GlobalAveragePool', 'x'],
      ['Squeeze', '0 a'],
      ['Unsqueeze', '1 b'],
    ],
    weights: { a: list(2, 3), b: list(2, -1) },
  },
  'Squeeze with an attribute': {
    steps: [
      ['GlobalAveragePool', 'x'],
      ['Squeeze', '0', { axes: [3] }],
    ],
    opset: 11,
  },
  'Transpose and Reshape': {
    steps: [
      ['Transpose', 'x', { perm: [0, 2, 3, 1] }],
      ['Reshape', '0 s'],
    ],
    weights: { s: list(0, -1, 2) },
  },
  'Concat of channels': {
    steps: [
      ['Relu', 'x'],
      ['Concat', 'x 0', { axis: 1 }],
    ],
  },
  'Concat of rows': {
    steps: [
      ['Relu', 'x'],
      ['Concat', '0 x x', { axis: -2 }],
    ],
  },
  Slice: { steps: [['Slice', 'x b e a']], weights: { b: list(1, -4), e: list(2 ** 53, -1), a: list(1, 3) } },
  'Slice with attributes': { steps: [['Slice', 'x', { starts: [1], ends: [3], axes: [2] }]], opset: 9 },
  'Split of channels': {
    steps: [
      ['Slice', 'x b e'],
      ['Relu', '0'],
    ],
    weights: { b: list(0, 2), e: list(9, 4) },
  },
  Pad: { steps: [['Pad', 'x p']], weights: { p: list(0, 0, 1, 0, 0, 0, 2, 3) } },
  'Pad with an attribute': { steps: [['Pad', 'x', { pads: [0, 0, 1, 1, 0, 0, 1, 1] }]], opset: 10 },
  Relu: { steps: [['Relu', 'x']] },
  LeakyRelu: { steps: [['LeakyRelu', 'x', { alpha: 0.3 }]] },
  'PRelu of one slope': { steps: [['PRelu', 'x s']], weights: { s: positive(1) } },
  Clip: { steps: [['Clip', 'x a b']], weights: { a: float(0), b: float(6) } },
  'Clip with attributes': { steps: [['Clip', 'x', { min: 0, max: 1 }]], opset: 10 },
  Sigmoid: { steps: [['Sigmoid', 'x']] },
  Tanh: { steps: [['Tanh', 'x']] },
  Softmax: { x: [2, 5], steps: [['Softmax', 'x']] },
  'Softmax of channels': { steps: [['Softmax', 'x', { axis: 1 }]] },
  'Softmax of old': { x: [2, 5, 1], steps: [['Softmax', 'x']], opset: 11 },
  'Abs, Exp, Neg': {
    steps: [
      ['Abs', 'x'],
      ['Neg', '0'],
      ['Exp', '1'],
    ],
  },
  'Log, Sqrt, Reciprocal, Pow': {
    steps: [
      ['Exp', 'x'],
      ['Sqrt', '0'],
      ['Reciprocal', '1'],
      ['Log', '2'],
      ['Pow', '3 two'],
    ],
    weights: { two: float(2) },
  },
  'arithmetic with numbers': {
    steps: [
      ['Sub', 'x a'],
      ['Mul', 'a 0'],
      ['Add', '1 a'],
      ['Div', '2 a'],
      ['Sub', 'a 3'],
    ],
    weights: { a: float(1.5) },
  },
  'a constant divided': {
    steps: [
      ['Exp', 'x'],
      ['Div', 'a 0'],
    ],
    weights: { a: weight(4, 1, 1) },
  },
  'arithmetic with channels': {
    steps: [
      ['Mul', 'x a'],
      ['Sub', 'b 0'],
      ['Div', '1 b'],
    ],
    weights: { a: weight(1, 4, 1, 1), b: positive(4, 1, 1) },
  },
  'arithmetic with elements': {
    steps: [
      ['Mul', 'x a'],
      ['Sub', '0 b'],
    ],
    weights: { a: weight(4, 7, 6), b: weight(7, 1) },
  },
  'arithmetic with values': {
    steps: [
      ['Exp', 'x'],
      ['Sub', 'x 0'],
      ['Div', '1 0'],
      ['Mul', '2 x'],
      ['Add', '3 0'],
    ],
  },
  'Dropout, Identity, Cast': {
    steps: [
      ['Dropout', 'x'],
      ['Identity', '0'],
      ['Cast', '1', { to: 1 }],
    ],
  },
  'constants that are computed': {
    steps: [
      ['Constant', '', { value: weight(4) }],
      ['Constant', '', { value_float: 2 }],
      ['Mul', '0 1'],
      ['Sqrt', 'p'],
      ['Sub', '2 3'],
      ['Unsqueeze', '4 axes'],
      ['Neg', '5'],
      ['Transpose', '6', { perm: [0, 2, 1] }],
      ['Add', 'x 7'],
    ],
    weights: { p: positive(4), axes: list(1, 2) },
  },
  'a shape that is computed at length': {
    steps: [
      ['Shape', 'x'],
      ['Slice', '0 from to'],
      ['ConstantOfShape', 'two', { value: list(1) }],
      ['Mul', '1 2'],
      ['Cast', '3', { to: 7 }],
      ['Gather', '4 one'],
      ['Div', '5 three'],
      ['Concat', 'zero 6 rest', { axis: 0 }],
      ['Reshape', 'x 7'],
    ],
    weights: {
      from: list(2),
      to: list(4),
      two: list(2),
      one: list(1),
      three: list(3),
      zero: list(0),
      rest: list(-1),
    },
  },
  'Conv of groups': {
    steps: [conv('x k b', { group: 2, pads: [1, 1, 1, 1] })],
    weights: { k: weight(6, 2, 3, 3), b: weight(6) },
  },
  ConvTranspose: {
    steps: [['ConvTranspose', 'x k b', { strides: [2, 3], pads: [1, 0, 1, 2], output_padding: [1, 1] }]],
    weights: { k: weight(4, 3, 3, 2), b: weight(3) },
  },
  'ConvTranspose and Add as its bias': {
    steps: [
      ['ConvTranspose', 'x k'],
      ['Add', '0 b'],
    ],
    weights: { k: weight(4, 3, 2, 2), b: weight(3, 1, 1) },
  },
  'shuffled channels': {
    steps: [
      ['Reshape', 'x a'],
      ['Transpose', '0', { perm: [0, 2, 1, 3, 4] }],
      ['Reshape', '1 b'],
      ['Relu', '2'],
    ],
    weights: { a: list(0, 2, 2, 7, 6), b: list(0, 4, 7, 6) },
  },
  'squeeze and excite': {
    steps: [['GlobalAveragePool', 'x'], conv('0 k'), ['HardSigmoid', '1'], ['Mul', '2 x']],
    weights: { k: weight(4, 4, 1, 1) },
  },
  'Resize, nearest': {
    steps: [['Resize', 'x - s', { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }]],
    weights: { s: floats(1, 1, 2, 3) },
  },
  'Resize, nearest by halves': { steps: [['Resize', 'x - s']], weights: { s: floats(1, 1, 3, 2) } },
  'Resize, linear, to sizes': {
    steps: [
      ['Shape', 'x', { end: 2 }],
      ['Concat', '0 s', { axis: 0 }],
      ['Resize', 'x - - 1', { mode: 'linear' }],
    ],
    weights: { s: list(5, 9) },
  },
  Upsample: { steps: [['Upsample', 'x s']], weights: { s: floats(1, 1, 2, 2) }, opset: 9 },
  LayerNormalization: {
    x: [2, 3, 5],
    steps: [['LayerNormalization', 'x g b']],
    weights: { g: weight(5), b: weight(5) },
  },
  'LayerNormalization of turned pictures': {
    steps: [
      ['Transpose', 'x', { perm: [0, 2, 3, 1] }],
      ['LayerNormalization', '0 g'],
      ['Transpose', '1', { perm: [0, 3, 1, 2] }],
    ],
    weights: { g: weight(4) },
  },
  'Elu, Softplus, Softsign, HardSwish': {
    steps: [
      ['Elu', 'x', { alpha: 0.7 }],
      ['Softplus', '0'],
      ['Softsign', '1'],
      ['HardSwish', '2'],
    ],
  },
  'Celu, Selu, Mish, Gelu': {
    steps: [
      ['Celu', 'x'],
      ['Selu', '0', { alpha: 1.6732632, gamma: 1.0507009 }],
      ['Mish', '1'],
      ['Gelu', '2'],
    ],
    opset: 20,
  },
  'Gelu, written out': {
    steps: [
      ['Div', 'x r'],
      ['Erf', '0'],
      ['Add', '1 one'],
      ['Mul', 'x 2'],
      ['Mul', '3 half'],
    ],
    weights: { r: float(Math.SQRT2), one: float(1), half: float(0.5) },
  },
  LogSoftmax: { steps: [['LogSoftmax', 'x', { axis: 1 }]] },
  'Softmax of rows': {
    steps: [
      ['Softmax', 'x', { axis: 2 }],
      ['Relu', '0'],
    ],
  },
  'PRelu of channels': { steps: [['PRelu', 'x s']], weights: { s: weight(4, 1, 1) } },
  'Clip between two limits': { steps: [['Clip', 'x a b']], weights: { a: float(-0.5), b: float(0.25) } },
  'Sum, Mean, Max, Min': {
    steps: [
      ['Exp', 'x'],
      ['Sum', 'x 0 x'],
      ['Mean', '1 0'],
      ['Max', '2 x'],
      ['Min', '3 0'],
    ],
  },
  'Slice of rows': { steps: [['Slice', 'x b e a']], weights: { b: list(2), e: list(5), a: list(2) } },
}

export const CASES: readonly Case[] = Object.entries({
  ...SPECS,
  ...OF_AXES,
  ...OF_POOLS,
  ...OF_SIZES,
  ...OF_SEQUENCES,
}).map(([name, spec], i) => {
  const shape = spec.x ?? [2, 4, 7, 6]
  return { name, file: fileOf(spec), x: new NdArray(random(shape, i), shape) }
})

/**
 * @file Layers and activations against numbers that PyTorch 1.13 computed in f64. With
 *
 *   def wave(*shape, by=0.7): return torch.tensor([sin(by * (i + 1)) for i in range(prod(shape))]).reshape(shape)
 *
 * inputs are wave(*shape), kernels wave(*shape, by=0.3) in Keras's axes; PyTorch's axes are moved around the calls of
 * F.conv2d(groups=2), F.conv_transpose2d(stride=2), of whose result `same` keeps the first pixels (one is cut off in front for
 * a kernel of 4), F.conv1d(dilation=2) behind F.pad, F.interpolate (bilinear, nearest-exact), F.group_norm and F.layer_norm
 * (eps=1e-3), and the activation of the same name.
 */
import { expect, it } from 'vitest'
import { NdArray, type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { type ActivationName, activations } from '../activations.ts'
import { layers } from './index.ts'
import { input } from './input.ts'
import { runLayer, type Values } from './testing.ts'

function wave(shape: Shape, by = 0.7): Values {
  return { shape, data: Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(by * (i + 1))) }
}

function expectClose(actual: Values, expected: Values): void {
  expect(actual.shape).toEqual(expected.shape)
  for (const [i, value] of expected.data.entries()) expect(actual.data[i], `element ${i}`).toBeCloseTo(value, 6)
}

// biome-ignore format: table
const LAYERS = [
  {
    name: 'groups',
    layer: layers.conv2d({ filters: 4, kernelSize: 2, groups: 2, useBias: false }),
    x: wave([1, 3, 3, 4]),
    weights: [[2, 2, 2, 4]],
    y: { shape: [1, 2, 2, 4], data: [0.7637737, 1.069431, 2.4281346, 1.9626008, 0.1493912, -0.159505, -2.5825168, -2.2033535, 1.8204059, 1.6083653, -2.0126553, -1.9226324, -2.385161, -2.2620228, 1.3542621, 1.4335975] },
  },
  {
    name: 'groupsDepthwise',
    layer: layers.conv2d({ filters: 4, kernelSize: 2, groups: 2, useBias: false }),
    x: wave([1, 2, 3, 2]),
    weights: [[2, 2, 1, 4]],
    y: { shape: [1, 1, 2, 4], data: [0.6199818, 1.0510888, 0.5184496, 0.7696314, -0.7672514, -0.7130955, -1.4289801, -1.4185465] },
  },
  {
    name: 'transposeValid',
    layer: layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, useBias: false }),
    x: wave([1, 2, 2, 3]),
    weights: [[3, 3, 2, 3]],
    y: { shape: [1, 5, 5, 2], data: [1.4229812, 2.4240516, 1.5906481, -0.4465262, -2.9275785, -3.1076127, -0.3202702, 0.4882982, 0.9273322, 0.6645797, -0.6155974, 1.4558253, 2.4255084, 1.5596151, -0.5876773, -2.9548069, -0.8813858, -0.3054705, 0.5016189, 0.929093, -2.8380156, -2.1050431, 0.220984, 2.3797748, 4.8125925, 3.3372293, 0.8012782, -1.3174008, -2.4390972, -1.7149334, 0.7176908, -0.6578797, -1.53558, -1.251184, -0.6434503, 2.6809649, 2.431849, 1.5687812, -0.481509, -2.1674027, 1.5446303, 0.6938922, -0.6819696, -1.5417305, -3.4477898, -0.5772277, 1.4871279, 2.4327313, 1.5372922, -0.521539] },
  },
  {
    name: 'transposeSame',
    layer: layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, useBias: false, padding: 'same' }),
    x: wave([1, 2, 2, 3]),
    weights: [[3, 3, 2, 3]],
    y: { shape: [1, 4, 4, 2], data: [1.4229812, 2.4240516, 1.5906481, -0.4465262, -2.9275785, -3.1076127, -0.3202702, 0.4882982, -0.6155974, 1.4558253, 2.4255084, 1.5596151, -0.5876773, -2.9548069, -0.8813858, -0.3054705, -2.8380156, -2.1050431, 0.220984, 2.3797748, 4.8125925, 3.3372293, 0.8012782, -1.3174008, 0.7176908, -0.6578797, -1.53558, -1.251184, -0.6434503, 2.6809649, 2.431849, 1.5687812] },
  },
  {
    name: 'transposeSame4',
    layer: layers.conv2dTranspose({ filters: 1, kernelSize: 4, strides: 2, useBias: false, padding: 'same' }),
    x: wave([1, 2, 2, 3]),
    weights: [[4, 4, 1, 3]],
    y: { shape: [1, 4, 4, 1], data: [-2.2211482, 0.3117348, 2.120405, -0.1011134, 0.0306198, -1.2136785, -0.0862169, 2.1014455, 0.9740795, 0.7108839, -0.5780447, -1.4220818, -1.251184, 2.4119321, 2.7952041, -0.481509] },
  },
  {
    name: 'transposeOutputPadding',
    layer: layers.conv2dTranspose({ filters: 1, kernelSize: 3, strides: 2, useBias: false, padding: 'same', outputPadding: 0 }),
    x: wave([1, 2, 2, 3]),
    weights: [[3, 3, 1, 3]],
    y: { shape: [1, 3, 3, 1], data: [-2.1457784, -1.7328501, 0.9273322, -0.0731701, 2.4786661, 1.6399932, 1.2094583, 1.1087844, -2.1485128] },
  },
  {
    name: 'conv1dCausal',
    layer: layers.conv1d({ filters: 3, kernelSize: 2, dilationRate: 2, padding: 'causal', useBias: false }),
    x: wave([1, 4, 2]),
    weights: [[2, 2, 3]],
    y: { shape: [1, 4, 3], data: [0.6951614, 0.2796949, -0.160756, 0.7924039, 0.5302232, 0.2206792, 0.6830609, 1.24728, 1.7000833, -0.3698288, 0.2575227, 0.8618705] },
  },
  {
    name: 'bilinear',
    layer: layers.resizing({ height: 3, width: 5 }),
    x: wave([1, 2, 3, 1]),
    weights: [],
    y: { shape: [1, 3, 5, 1], data: [0.6442177, 0.7807105, 0.9854497, 0.9121055, 0.8632094, 0.4896029, 0.4206951, 0.3173333, 0.1244234, -0.0041832, 0.3349882, 0.0606796, -0.3507832, -0.6632588, -0.8715758] },
  },
  {
    name: 'bilinearUp',
    layer: layers.upSampling2d({ interpolation: 'bilinear' }),
    x: wave([1, 2, 3, 1]),
    weights: [],
    y: { shape: [1, 4, 6, 1], data: [0.6442177, 0.7295257, 0.9001417, 0.9548896, 0.8937695, 0.8632094, 0.5669103, 0.5880306, 0.6302712, 0.5959219, 0.4849827, 0.4295131, 0.4122955, 0.3050404, 0.0905301, -0.1220136, -0.3325909, -0.4378795, 0.3349882, 0.1635453, -0.1793404, -0.4809814, -0.7413776, -0.8715758] },
  },
  {
    name: 'nearest',
    layer: layers.resizing({ height: 4, width: 3, interpolation: 'nearest' }),
    x: wave([1, 3, 4, 1]),
    weights: [],
    y: { shape: [1, 4, 3, 1], data: [0.6442177, 0.8632094, 0.3349882, -0.3507832, -0.9824526, -0.6312666, -0.3507832, -0.9824526, -0.6312666, 0.0168139, 0.9881682, 0.8545989] },
  },
  {
    name: 'groupNorm',
    layer: layers.groupNormalization({ groups: 2, center: false, scale: false }),
    x: wave([1, 2, 1, 4]),
    weights: [],
    y: { shape: [1, 2, 1, 4], data: [0.7262041, 1.183078, 1.3094231, 0.5942206, -0.6059978, -1.3032844, -1.1895718, -0.714072] },
  },
  {
    name: 'layerNorm',
    layer: layers.layerNormalization({ center: false, scale: false }),
    x: wave([1, 2, 1, 4]),
    weights: [],
    y: { shape: [1, 2, 1, 4], data: [-0.2518671, 1.1178082, 0.6271462, -1.4930872, 1.4638089, -0.6642297, -1.1172896, 0.3177104] },
  },
]

it.each(LAYERS)('$name', ({ layer, x, weights, y }) => {
  layer.apply(input({ shape: x.shape.slice(1) }))
  layer.setWeights(weights.map((shape) => new NdArray(Float32Array.from(wave(shape, 0.3).data), shape)))
  expectClose(runLayer(layer, x), y)
})

const X = { shape: [1, 7], data: [-3.5, -1.25, -0.3, 0, 0.4, 1.5, 4] }

// biome-ignore format: table
const ACTIVATIONS: Readonly<Record<ActivationName, readonly number[]>> = {
  celu: [-0.9698026, -0.7134952, -0.2591818, 0, 0.4, 1.5, 4],
  elu: [-0.9698026, -0.7134952, -0.2591818, 0, 0.4, 1.5, 4],
  exponential: [0.0301974, 0.2865048, 0.7408182, 1, 1.4918247, 4.4816891, 54.59815],
  gelu: [-0.0008142, -0.1320622, -0.1146266, 0, 0.2621687, 1.3997892, 3.9998733],
  hardShrink: [-3.5, -1.25, 0, 0, 0, 1.5, 4],
  hardSigmoid: [0, 0.2916667, 0.45, 0.5, 0.5666667, 0.75, 1],
  hardSilu: [-0, -0.3645833, -0.135, 0, 0.2266667, 1.125, 4],
  hardTanh: [-1, -1, -0.3, 0, 0.4, 1, 1],
  leakyRelu: [-0.7, -0.25, -0.06, 0, 0.4, 1.5, 4],
  logSigmoid: [-3.5297504, -1.5019291, -0.8543552, -Math.LN2, -0.5130153, -0.2014133, -0.0181499],
  logSoftmax: [-7.6372314, -5.3872314, -4.4372314, -4.1372314, -3.7372314, -2.6372314, -0.1372314],
  mish: [-0.1040958, -0.308414, -0.1511332, 0, 0.2890305, 1.4033783, 3.9974128],
  relu: [0, 0, 0, 0, 0.4, 1.5, 4],
  relu6: [0, 0, 0, 0, 0.4, 1.5, 4],
  selu: [-1.7050093, -1.2543954, -0.4556673, 0, 0.4202804, 1.5760515, 4.2028039],
  sigmoid: [0.0293122, 0.2227001, 0.4255575, 0.5, 0.5986877, 0.8175745, 0.9820138],
  silu: [-0.1025928, -0.2783752, -0.1276672, 0, 0.2394751, 1.2263617, 3.9280552],
  softShrink: [-3, -0.75, 0, 0, 0, 1, 3.5],
  softmax: [0.0004822, 0.0045746, 0.0118286, 0.015967, 0.02382, 0.0715591, 0.8717685],
  softplus: [0.0297504, 0.2519291, 0.5543552, Math.LN2, 0.9130153, 1.7014133, 4.0181499],
  softsign: [-0.7777778, -0.5555556, -0.2307692, 0, 0.2857143, 0.6, 0.8],
  sparsePlus: [0, 0, 0.1225, 0.25, 0.49, 1.5, 4],
  sparseSigmoid: [0, 0, 0.35, 0.5, 0.7, 1, 1],
  squareplus: [0.2655644, 0.5542476, 0.8611875, 1, 1.2198039, 2, 4.2360678],
  tanh: [-0.9981779, -0.8482836, -0.2913126, 0, 0.379949, 0.9051483, 0.9993293],
  tanhShrink: [-2.5018221, -0.4017164, -0.0086874, 0, 0.020051, 0.5948517, 3.0006707],
  linear: X.data,
}

it.each(Object.keys(activations) as ActivationName[])('%s', (name) => {
  expectClose(runLayer(layers.activation({ activation: name }), X), { shape: X.shape, data: ACTIVATIONS[name] })
})

it('activations have the second names of Keras', () => {
  const namedBy = (activation: 'swish' | 'hardSwish') => layers.activation({ activation }).config.activation
  expect([namedBy('swish'), namedBy('hardSwish')]).toEqual(['silu', 'hardSilu'])
  expect(layers.activation({ activation: 'hard_swish' as never }).config.activation).toBe('hardSilu')
})

/** @file Small ONNX files of operators that slide windows over sequences [N,C,L]. */
import { list, positive, type Spec, weight } from '../../src/onnx/testing.ts'

const SEQUENCES = [2, 4, 9]

export const OF_SEQUENCES: { readonly [name: string]: Spec } = {
  'Conv of sequences': {
    x: SEQUENCES,
    steps: [
      ['Conv', 'x k b', { pads: [1, 1], strides: [2] }],
      ['Relu', '0'],
      ['Conv', '1 l', { pads: [2, 0] }],
    ],
    weights: { k: weight(6, 4, 3), b: weight(6), l: weight(5, 6, 3) },
  },
  'Conv of sequences, dilated, of groups, SAME_LOWER': {
    x: SEQUENCES,
    steps: [
      ['Conv', 'x k', { dilations: [2], pads: [2, 2] }],
      ['Add', '0 b'],
      ['Conv', '1 g', { group: 2, auto_pad: 'SAME_LOWER', strides: [2] }],
    ],
    weights: { k: weight(6, 4, 3), b: weight(6, 1), g: weight(4, 3, 2) },
  },
  'Conv of sequences, depthwise': {
    x: SEQUENCES,
    steps: [
      ['Conv', 'x k', { group: 4, pads: [1, 1] }],
      ['Conv', '0 d b', { group: 8, strides: [2], dilations: [2] }],
    ],
    weights: { k: weight(8, 1, 3), d: weight(8, 1, 2), b: weight(8) },
  },
  'ConvTranspose of sequences': {
    x: SEQUENCES,
    steps: [['ConvTranspose', 'x k b', { strides: [2], pads: [1, 0], output_padding: [1] }]],
    weights: { k: weight(4, 3, 3), b: weight(3) },
  },
  'normalisation and pools of sequences': {
    x: SEQUENCES,
    steps: [
      ['BatchNormalization', 'x g b m v'],
      ['MaxPool', '0', { kernel_shape: [3], strides: [2], pads: [1, 1] }],
      ['AveragePool', '1', { kernel_shape: [2], pads: [1, 0], count_include_pad: 1 }],
      ['GlobalAveragePool', '2'],
      ['GlobalMaxPool', '2'],
      ['Add', '3 4'],
      ['Flatten', '5'],
    ],
    weights: { g: weight(4), b: weight(4), m: weight(4), v: positive(4) },
  },
  'MaxPool of sequences, ceil': {
    x: SEQUENCES,
    steps: [
      ['Relu', 'x'],
      ['MaxPool', '0', { kernel_shape: [2], strides: [2], ceil_mode: 1 }],
    ],
  },
  'sequences that the file turns, padded and cut, to a dense layer': {
    x: [2, 9, 4],
    steps: [
      ['Transpose', 'x', { perm: [0, 2, 1] }],
      ['Pad', '0 p'],
      ['Slice', '1 begin end axis'],
      ['Conv', '2 k'],
      ['Flatten', '3'],
      ['Gemm', '4 d'],
    ],
    weights: {
      p: list(0, 0, 1, 0, 0, 2),
      begin: list(1),
      end: list(11),
      axis: list(2),
      k: weight(3, 4, 3),
      d: weight(24, 5),
    },
  },
  'ReduceMean of sequences': { x: SEQUENCES, steps: [['ReduceMean', 'x', { axes: [2], keepdims: 0 }]] },
}

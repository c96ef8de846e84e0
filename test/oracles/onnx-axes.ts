/** @file Small ONNX files of operators that reduce or stretch axes, or turn channels into pixels. */
import { floats, list, type Spec, weight } from '../../src/onnx/testing.ts'

export const OF_AXES: { readonly [name: string]: Spec } = {
  'ReduceMean of channels': { steps: [['ReduceMean', 'x', { axes: [1] }]] },
  'ReduceMean of channels, not kept': { steps: [['ReduceMean', 'x', { axes: [-3], keepdims: 0 }]] },
  'ReduceMean of everything, as in a normalisation of layers': {
    steps: [
      ['ReduceMean', 'x', { axes: [1, 2, 3] }],
      ['Sub', 'x 0'],
    ],
  },
  'ReduceMean of rows behind a Transpose': {
    steps: [
      ['Transpose', 'x', { perm: [0, 2, 3, 1] }],
      ['ReduceMean', '0', { axes: [2] }],
      ['Mul', '0 1'],
    ],
  },
  'ReduceMax of channels and pictures, as for spatial attention': {
    steps: [
      ['ReduceMax', 'x', { axes: [1] }],
      ['Mul', 'x 0'],
      ['ReduceMax', '1', { axes: [2, 3], keepdims: 0 }],
    ],
  },
  ReduceSum: { steps: [['ReduceSum', 'x axes', { keepdims: 0 }]], weights: { axes: list(2, 3) } },
  'ReduceSum of vectors': { x: [2, 5], steps: [['ReduceSum', 'x axes']], weights: { axes: list(1) } },
  'ReduceL2 and Expand, as for vectors of length 1': {
    x: [2, 5],
    steps: [
      ['ReduceL2', 'x', { axes: [1] }],
      ['Expand', '0 shape'],
      ['Div', 'x 1'],
    ],
    weights: { shape: list(1, 5) },
  },
  'Expand of pictures': {
    steps: [
      ['GlobalAveragePool', 'x'],
      ['Expand', '0 shape'],
      ['Concat', 'x 1', { axis: 1 }],
    ],
    weights: { shape: list(1, 1, 7, 6) },
  },
  'Expand of channels': {
    steps: [
      ['ReduceMax', 'x', { axes: [1] }],
      ['Expand', '0 shape'],
      ['Mul', 'x 1'],
    ],
    weights: { shape: list(4, 1, 1) },
  },
  'Resize, corners on corners': {
    steps: [
      ['Conv', 'x k'],
      ['Resize', '0 - s', { mode: 'linear', coordinate_transformation_mode: 'align_corners' }],
      ['Conv', '1 k'],
    ],
    weights: { k: weight(4, 4, 1, 1), s: floats(1, 1, 2, 2) },
  },
  'Resize, corners on corners, smaller, and from one pixel': {
    x: [2, 3, 7, 1],
    steps: [['Resize', 'x - s', { mode: 'linear', coordinate_transformation_mode: 'align_corners' }]],
    weights: { s: floats(1, 1, 3 / 7, 4) },
  },
  'Resize, corners on corners, to one pixel': {
    x: [2, 3, 5, 4],
    steps: [['Resize', 'x - s', { mode: 'linear', coordinate_transformation_mode: 'align_corners' }]],
    weights: { s: floats(1, 1, 0.2, 2.25) },
  },
  DepthToSpace: { steps: [['DepthToSpace', 'x', { blocksize: 2 }]] },
  'DepthToSpace, columns first': { x: [2, 12, 3, 2], steps: [['DepthToSpace', 'x', { blocksize: 2, mode: 'CRD' }]] },
  SpaceToDepth: { x: [2, 3, 4, 6], steps: [['SpaceToDepth', 'x', { blocksize: 2 }]] },
  'GroupNormalization, written out': {
    steps: [
      ['Reshape', 'x groups'],
      ['InstanceNormalization', '0 one zero'],
      ['Reshape', '1 back'],
      ['Mul', '2 g'],
    ],
    weights: {
      groups: list(0, 2, -1),
      back: list(0, 4, 7, 6),
      one: floats(1, 1),
      zero: floats(0, 0),
      g: weight(4, 1, 1),
    },
  },
}

/** @file Small ONNX files that resize pictures, in every way to place pixels and to round. */
import { type Attributes, floats, list, type Spec } from '../../src/onnx/testing.ts'

const PLACES = [
  'half_pixel',
  'pytorch_half_pixel',
  'half_pixel_symmetric',
  'align_corners',
  'asymmetric',
  'tf_half_pixel_for_nn',
]
const ROUNDINGS = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil']

const FACTORS: { readonly [name: string]: readonly number[] } = {
  'whole factors': [2, 3],
  'factors that leave part of a pixel': [1.5, 0.7],
}

function scaled(attributes: Attributes): [string, Spec][] {
  return Object.entries(FACTORS).map(([name, factors]) => [
    `Resize ${Object.values(attributes).join(', ')}, ${name}`,
    { steps: [['Resize', 'x - s', attributes]], weights: { s: floats(1, 1, ...factors) }, opset: 19 },
  ])
}

export const OF_SIZES: { readonly [name: string]: Spec } = Object.fromEntries([
  ...PLACES.flatMap((place) => {
    const where = { coordinate_transformation_mode: place }
    const nearest = ROUNDINGS.flatMap((rounding) => scaled({ mode: 'nearest', ...where, nearest_mode: rounding }))
    return place === 'tf_half_pixel_for_nn' ? nearest : [...nearest, ...scaled({ mode: 'linear', ...where })]
  }),
  [
    'Resize to one pixel, pytorch_half_pixel',
    {
      x: [1, 4, 7, 6],
      steps: [['Resize', 'x - - s', { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' }]],
      weights: { s: list(1, 4, 1, 5) },
    },
  ],
  [
    'Resize along the axes that are named',
    { steps: [['Resize', 'x - - s', { mode: 'linear', axes: [2, 3] }]], weights: { s: list(5, 9) }, opset: 19 },
  ],
])

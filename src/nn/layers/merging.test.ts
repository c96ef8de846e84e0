/** @file Special cases of the layers that merge or arrange: the order of elements, and refusals. */
import { expect, it } from 'vitest'
import { layers } from './index.ts'
import { input } from './input.ts'
import { counting, runLayer } from './testing.ts'

it('concatenate keeps rows together along inner axes and apart along outer ones', () => {
  const [a, b] = [counting(1, 2, 2), { shape: [1, 2, 1], data: [10, 20] }]
  expect(runLayer(layers.concatenate(), a, b)).toEqual({ shape: [1, 2, 3], data: [1, 2, 10, 3, 4, 20] })
  const below = { shape: [1, 1, 2], data: [10, 20] }
  expect(runLayer(layers.concatenate({ axis: -2 }), a, below)).toEqual({
    shape: [1, 3, 2],
    data: [1, 2, 3, 4, 10, 20],
  })
})

it('merging repeats what has one element along an axis', () => {
  const column = { shape: [1, 2, 1], data: [10, 20] }
  expect(runLayer(layers.add(), counting(1, 1, 3), column)).toEqual({
    shape: [1, 2, 3],
    data: [11, 12, 13, 21, 22, 23],
  })
  const perChannel = { shape: [1, 2], data: [10, 100] }
  expect(runLayer(layers.multiply(), counting(1, 2, 1, 2), perChannel).data).toEqual([10, 200, 30, 400])
})

it('minimum, average and subtract', () => {
  const [a, b] = [counting(1, 2), { shape: [1, 2], data: [4, -2] }]
  expect(runLayer(layers.minimum(), a, b).data).toEqual([1, -2])
  expect(runLayer(layers.average(), a, b).data).toEqual([2.5, 0])
  expect(runLayer(layers.subtract(), a, b).data).toEqual([-3, 4])
  expect(() => layers.subtract().apply([input({ shape: [2] })])).toThrow('there must be two inputs, received: 1')
})

/** Values of Keras 3.15.1. */
it('dot multiplies every vector of one input with every one of the other', () => {
  const a = { shape: [2, 2, 3], data: [-3, 2, 0, -2, 3, 1, -1, -3, 2, 0, -2, 3] }
  const b = { shape: [2, 4, 2], data: [-2, 1, -1, 2, 0, -2, 1, -1, 2, 0, -2, 1, -1, 2, 0, -2] }
  expect(runLayer(layers.dot({ axes: [1, 2] }), a, b)).toEqual({
    shape: [2, 3, 4],
    data: [4, -1, 4, -1, -1, 4, -6, -1, 1, 2, -2, -1, -2, 2, 1, 0, -6, 4, -1, 4, 4, -1, 4, -6],
  })
  const cosines = runLayer(layers.dot({ axes: [1, 2], normalize: true }), a, b).data
  expect(cosines[0]).toBeCloseTo(0.49613893, 7)
  expect(cosines[3]).toBeCloseTo(-0.19611612, 7)
  expect(cosines[10]).toBeCloseTo(-1, 7)
  const [rows, others] = [
    { shape: [2, 3], data: [-3, 2, 0, -1, -3, 2] },
    { shape: [2, 3], data: [-2, 3, 1, 0, -2, 3] },
  ]
  expect(runLayer(layers.dot({ axes: 1 }), rows, others)).toEqual({ shape: [2, 1], data: [12, 12] })
  expect(runLayer(layers.dot({ axes: [2, 1] }), a, rows)).toEqual({ shape: [2, 2], data: [13, 12, 14, 12] })
  const [x, y] = [input({ shape: [2, 3] }), input({ shape: [4, 2] })]
  expect(() => layers.dot({ axes: 1, name: 'd' }).apply([x, y])).toThrow(
    'd (Dot): the axes must have equal sizes, received: [[null, 2, 3], [null, 4, 2]]',
  )
  expect(() => layers.dot({ axes: 1, name: 'd' }).apply([x, y, x])).toThrow('there must be two inputs, received: 3')
  expect(() => layers.dot({ axes: 3, name: 'd' }).apply([x, y])).toThrow('axis must be 1 to 2 or -2 to -1, received: 3')
})

it.each([
  ['batchNormalization', 1, (axis: number) => layers.batchNormalization({ axis, movingMeanInitializer: 'ones' })],
  ['batchNormalization', -2, (axis: number) => layers.batchNormalization({ axis, betaInitializer: 'ones' })],
  ['groupNormalization', 1, (axis: number) => layers.groupNormalization({ groups: 2, axis })],
  ['layerNormalization', 2, (axis: number) => layers.layerNormalization({ axis })],
])('%s along axis %i does what it does along the last one of permuted values', (_, axis, make) => {
  const x = counting(2, 4, 2, 3)
  const index = axis < 0 ? axis + 4 : axis
  const dims = [1, 2, 3].with(index - 1, 3).with(2, index)
  const [there, back] = [0, 1].map(() => layers.permute({ dims }))
  const expected = runLayer(back, runLayer(make(-1), runLayer(there, x)))
  expect(runLayer(make(axis), x)).toEqual(expected)
})

it('layerNormalization along several axes: mean 0 and variance 1 for each element of the others', () => {
  const { data } = runLayer(layers.layerNormalization({ axis: [3, 1], epsilon: 0 }), counting(1, 2, 3, 4))
  for (let column = 0; column < 3; column++) {
    const own = data.filter((_, i) => Math.floor(i / 4) % 3 === column)
    expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 10)
    expect(own.reduce((sum, value) => sum + value ** 2, 0) / 8).toBeCloseTo(1, 10)
  }
  expect(() => layers.layerNormalization({ axis: [1, -2] }).apply(input({ shape: [2, 3] }))).toThrow(
    'axis must not name an axis twice, received: [1, -2]',
  )
})

it('resizing cuts or pads to the shape of the result', () => {
  const row = counting(1, 1, 4, 1)
  const size = { height: 1, width: 2 }
  expect(runLayer(layers.resizing(size), row).data).toEqual([1.5, 3.5])
  expect(runLayer(layers.resizing({ ...size, cropToAspectRatio: true }), row).data).toEqual([2, 3])
  const square = { height: 4, width: 4, padToAspectRatio: true, interpolation: 'nearest' } as const
  const padded = runLayer(layers.resizing(square), counting(1, 2, 4, 1)).data
  expect(padded).toEqual([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0])
})

it('permute moves axes', () => {
  expect(runLayer(layers.permute({ dims: [2, 1] }), counting(1, 2, 3))).toEqual({
    shape: [1, 3, 2],
    data: [1, 4, 2, 5, 3, 6],
  })
  expect(() => layers.permute({ dims: [1, 1] })).toThrow('dims must hold 1, 2, ... once, received: [1, 1]')
})

it('cropping2d leaves something', () => {
  expect(runLayer(layers.cropping2d({ cropping: [0, 1] }), counting(1, 1, 3, 1)).data).toEqual([2])
  expect(() => layers.cropping2d({ cropping: 1 }).apply(input({ shape: [4, 2, 1] }))).toThrow(
    'cropping [[1, 1], [1, 1]] leaves nothing of the picture, received: [4, 2]',
  )
})

it('zeroPadding2d takes one number, one for each axis, or one for each side', () => {
  const shapeOf = (padding: Parameters<typeof layers.zeroPadding2d>[0]) =>
    layers.zeroPadding2d(padding).apply(input({ shape: [4, 5, 1] })).shape
  expect(shapeOf({})).toEqual([null, 6, 7, 1])
  expect(shapeOf({ padding: [1, 2] })).toEqual([null, 6, 9, 1])
  const corner = layers.zeroPadding2d({
    padding: [
      [0, 1],
      [1, 0],
    ],
  })
  expect(runLayer(corner, counting(1, 1, 2, 1)).data).toEqual([0, 1, 2, 0, 0, 0])
})

it.each([
  [
    () => layers.add().apply([input({ shape: [2, 3] }), input({ shape: [4] })]),
    'the inputs must have equal shapes, or sizes of 1 to repeat, received: [[null, 2, 3], [null, 4]]',
  ],
  [
    () => layers.concatenate().apply([input({ shape: [2, 3] }), input({ shape: [3, 3] })]),
    'the inputs must have equal shapes but for axis 2, received: [[null, 2, 3], [null, 3, 3]]',
  ],
  [
    () => layers.concatenate({ axis: 0 }).apply([input({ shape: [2] }), input({ shape: [2] })]),
    'axis must be 1 to 1 or -1 to -1, received: 0',
  ],
  [
    () => layers.reshape({ targetShape: [4, -1] }).apply(input({ shape: [2, 3] })),
    'targetShape [4, -1] does not hold the 6 elements of an item, received: [null, 2, 3]',
  ],
  [() => layers.reshape({ targetShape: [-1, -1] }), 'targetShape must be a list of sizes'],
  [() => layers.zeroPadding2d({ padding: -1 }), 'padding must be an integer >= 0, two of them or two pairs of them'],
])('refuses %#', (make, message) => {
  expect(make).toThrow(message)
})

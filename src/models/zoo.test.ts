/** @file The networks have as many weights as Keras's and as their papers say. */
import { describe, expect, it } from 'vitest'
import { resNetCifar, type ZooName, zoo } from './index.ts'

/** Keras 3's totals where it has the network; for the others those of the layers in their papers. */
const WEIGHTS: Readonly<Record<ZooName, number>> = {
  conv: 1_186_378,
  separable: 174_821,
  'small-separable': 165_090,
  lenet5: 61_706,
  resnet8: 78_666,
  resnet20: 273_658,
  resnet32: 468_986,
  resnet56: 859_642,
  'conv-mixer': 602_890,
  mobilenet: 4_253_864,
  'mobilenet-v2': 3_538_984,
  'mobilenet-v3-small': 2_554_968,
  'mobilenet-v3-large': 5_507_432,
  'efficientnet-b0': 5_330_571,
  xception: 22_910_480,
  resnet50: 25_636_712,
  vgg16: 138_357_544,
  vgg19: 143_667_240,
}

describe.each(Object.entries(WEIGHTS))('%s', (name, weights) => {
  const make = zoo[name as ZooName]

  it(`has ${weights.toLocaleString('en')} weights`, () => {
    expect(make().countParams()).toBe(weights)
  })

  it('takes pictures and classes of one’s own', () => {
    const net = make({ inputShape: [96, 80, 3], classes: 7, name: 'mine' })
    expect(net.outputs.map(({ shape }) => shape)).toEqual([[null, 7]])
    expect(net.name).toBe('mine')
  })
})

it('resNetCifar names a depth that no such network has', () => {
  for (const depth of [2, 21])
    expect(() => resNetCifar({ depth })).toThrow(
      `resNetCifar: depth is 8, 14, 20 or another 6 n + 2, received: ${depth}`,
    )
})

/** @file Layers before a network: what they change, what they leave, and whose weights are trained. */
import { describe, expect, it } from 'vitest'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { configure } from '../train/environment.ts'
import { model } from '../train/functional.ts'
import { modelFromJSON } from '../train/load.ts'
import { withEntrance } from './with-entrance.ts'

configure({ backend: 'reference' })

/** With a branch, so that the order of the layers matters. */
function network() {
  const visible = input({ shape: [4, 4, 1], name: 'pictures' })
  const x = layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }).apply(visible)
  const sum = layers.add().apply([x, layers.reLU().apply(x)])
  const outputs = layers.dense({ units: 3 }).apply(layers.flatten().apply(sum))
  return model({ inputs: visible, outputs, name: 'net' })
}

const pictures = new NdArray(
  Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)),
  [2, 4, 4, 1],
)

describe('withEntrance', () => {
  it('puts the layers between the input and the network, in order', () => {
    const net = withEntrance(network(), [
      layers.randomFlip({ name: 'flip' }),
      layers.rescaling({ scale: 2, name: 'twice' }),
    ])
    expect(net.layers.slice(0, 4).map(({ name }) => name)).toEqual([
      'pictures',
      'flip',
      'twice',
      expect.stringMatching(/^conv2d/),
    ])
    expect(net.name).toBe('net')
  })

  it('computes with the weights of the network itself', async () => {
    const net = network()
    const doubled = withEntrance(net, [layers.rescaling({ scale: 2 })])
    net.setWeights(
      net.getWeights().map(
        ({ data, shape }) =>
          new NdArray(
            data.map((_, i) => Math.cos(i)),
            shape,
          ),
      ),
    )
    const twice = new NdArray(
      pictures.data.map((value) => 2 * value),
      pictures.shape,
    )
    expect((await doubled.predict(pictures)).data).toEqual((await net.predict(twice)).data)
    await Promise.all([net.dispose(), doubled.dispose()])
  })

  it('can be saved like any other model', () => {
    const net = withEntrance(network(), [layers.randomFlip()])
    const again = modelFromJSON(JSON.stringify(net))
    expect(again.layers.map(({ name }) => name)).toEqual(net.layers.map(({ name }) => name))
    expect(again.countParams()).toBe(net.countParams())
  })

  it('is the network itself when there are no layers', () => {
    const net = network()
    expect(withEntrance(net, [])).toBe(net)
  })

  it('names the layer that does not fit', () => {
    expect(() => withEntrance(network(), [layers.flatten()])).toThrow(
      /^conv2d\S* \(Conv2D\): the input must have 4 axes/,
    )
  })
})

it('keeps the names of classes', () => {
  const net = network()
  net.classNames = ['cat', 'dog', 'bird']
  expect(withEntrance(net, [layers.rescaling({ scale: 2 })]).classNames).toEqual(['cat', 'dog', 'bird'])
})

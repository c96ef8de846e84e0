/** @file Tests of wiring: order of layers, shared layers, nesting, names, summaries of graphs that are no chains. */
import { beforeEach, describe, expect, it } from 'vitest'
import { add } from '../ops/index.ts'
import { model } from '../train/functional.ts'
import { sequential } from '../train/sequential.ts'
import { Layer } from './layer.ts'
import { layers } from './layers/index.ts'
import { input } from './layers/input.ts'
import { resetNames } from './names.ts'
import type { Tensor } from './trace.ts'

beforeEach(resetNames)

class Sum extends Layer {
  override call(...[first, ...others]: readonly Tensor[]): Tensor {
    return others.reduce((sum, x) => sum.map((node) => add(node, x.node)), first)
  }
}

/** Two branches of different length that meet. */
function branched() {
  const visible = input({ shape: [4] })
  const long = layers
    .dense({ units: 4, name: 'long_2' })
    .apply(layers.dense({ units: 4, name: 'long_1' }).apply(visible))
  const short = layers.dense({ units: 4, name: 'short' }).apply(visible)
  return model({ inputs: visible, outputs: new Sum().apply([long, short]) })
}

describe('wiring', () => {
  it('orders layers as Keras: the longest way to the output first', () => {
    const names = branched().layers.map(({ name }) => name)
    expect(names).toEqual(['input_layer', 'long_1', 'long_2', 'short', 'sum'])
  })

  it('finds layers by name and by number', () => {
    const net = branched()
    expect(net.getLayer('short').name).toBe('short')
    expect(net.getLayer(-1).name).toBe('sum')
    expect(() => net.getLayer('shirt')).toThrow(
      'functional has no such layer, did you mean "short"?, received: "shirt"',
    )
  })

  it('refuses an input that is not listed, twice the same name, and inputs that are none', () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })]
    const both = new Sum().apply([a, b])
    expect(() => model({ inputs: a, outputs: both, name: 'net' })).toThrow(
      'net: the outputs need an input that is not listed, received: "input_layer_1"',
    )
    const twice = layers.dense({ units: 1, name: 'd' }).apply(layers.dense({ units: 1, name: 'd' }).apply(a))
    expect(() => model({ inputs: a, outputs: twice, name: 'net' })).toThrow(
      'net: two layers have the same name, received: "d"',
    )
    expect(() => model({ inputs: both, outputs: twice, name: 'net' })).toThrow('net: inputs must be made by input()')
  })

  it('may use a layer twice, with one set of weights', () => {
    const [a, b] = [input({ shape: [3] }), input({ shape: [3] })]
    const shared = layers.dense({ units: 2 })
    const net = model({ inputs: [a, b], outputs: new Sum().apply([shared.apply(a), shared.apply(b)]) })
    expect(net.countParams()).toBe(8)
    expect(net.layers.map(({ name }) => name)).toEqual(['input_layer', 'input_layer_1', 'dense', 'sum'])
  })

  it('nests', () => {
    const inner = sequential([input({ shape: [3] }), layers.dense({ units: 2 })], { name: 'inner' })
    const outer = sequential([input({ shape: [3] }), inner, layers.dense({ units: 1 })])
    expect(outer.countParams()).toBe(8 + 3)
    expect(outer.outputs[0].shape).toEqual([null, 1])
    expect(outer.weights.map(({ path }) => path)).toEqual([
      'dense/kernel',
      'dense/bias',
      'dense_1/kernel',
      'dense_1/bias',
    ])
  })
})

describe('summary', () => {
  it('of a graph says what is connected to what', () => {
    const { sequential, layers } = branched().describe()
    expect(sequential).toBe(false)
    expect(layers.map(({ name, connectedTo }) => [name, connectedTo])).toEqual([
      ['input_layer', []],
      ['long_1', ['input_layer[0][0]']],
      ['long_2', ['long_1[0][0]']],
      ['short', ['input_layer[0][0]']],
      ['sum', ['long_2[0][0]', 'short[0][0]']],
    ])
  })

  it('is printed and returned', () => {
    const lines: string[] = []
    const net = branched()
    const text = net.summary({ print: (line) => lines.push(line) })
    expect(lines).toEqual([text])
    expect(net.summary({ print: false })).toBe(text)
    expect(text).toContain('Connected to')
  })

  it('of a stack that waits for data shows what is not known yet', () => {
    const net = sequential([layers.conv2d({ filters: 2, kernelSize: 3 }), layers.flatten()])
    expect(net.built).toBe(false)
    expect(net.summary({ print: false })).toContain('0 (unbuilt)')
    expect(() => net.outputs).toThrow('sequential does not know the shape of its input')
    net.build([5, 5, 1])
    expect(net.outputs[0].shape).toEqual([null, 18])
    expect(net.summary({ print: false })).toContain('(None, 3, 3, 2)')
  })
})

describe('sequential', () => {
  it('refuses what is no layer', () => {
    // @ts-expect-error a number is no layer
    expect(() => sequential([input({ shape: [2] }), 5])).toThrow(
      'a stack holds layers, after input() at most, received: 5',
    )
    expect(() => sequential([])).toThrow('a stack needs at least one layer')
  })

  it('names the layer that does not fit', () => {
    expect(() => sequential([input({ shape: [4] }), layers.maxPooling2d()])).toThrow(
      'max_pooling2d (MaxPooling2D): the input must have 4 axes, received: [null, 4]',
    )
    expect(() => input({ shape: [] })).toThrow('input_layer_1: shape must have at least one axis')
  })
})

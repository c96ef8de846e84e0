/** @file What exported files are made of. That they compute the same as the model: test/onnx-export.test.ts. */
import { describe, expect, it } from 'vitest'
import { readOnnx } from '../formats/onnx/read.ts'
import { Layer } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import type { Tensor } from '../nn/trace.ts'
import { cosTurns } from '../ops/index.ts'
import { sequential } from '../train/sequential.ts'
import { type ExportOnnxArgs, exportOnnx } from './index.ts'

function classifier() {
  return sequential([
    input({ shape: [8, 8, 3], name: 'pixels' }),
    layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', strides: 2, name: 'conv' }),
    layers.batchNormalization({ name: 'norm', momentum: 0.75 }),
    layers.activation({ activation: 'relu6', name: 'relu' }),
    layers.maxPooling2d({ name: 'pool' }),
    layers.flatten({ name: 'flat' }),
    layers.dense({ units: 10, activation: 'softmax', name: 'classes' }),
  ])
}

function exported(args?: ExportOnnxArgs) {
  const { nodes, ...file } = readOnnx(exportOnnx(classifier(), args))
  return { ...file, nodes, types: nodes.map(({ opType }) => opType) }
}

describe('exportOnnx', () => {
  it('transposes at the borders only; biases and flattening cost no node of their own', () => {
    const { types, inputs, outputs, opset } = exported()
    expect(types).toEqual(['Transpose', 'Conv', 'BatchNormalization', 'Clip', 'MaxPool', 'Flatten', 'Gemm', 'Softmax'])
    expect(inputs).toEqual([{ name: 'pixels', shape: ['batch', 8, 8, 3] }])
    expect(outputs).toEqual([{ name: 'classes', shape: ['batch', 10] }])
    expect(opset).toBe(17)
  })

  it('makes one node of a convolution in groups', () => {
    const conv = layers.conv2d({ filters: 6, kernelSize: 3, groups: 3, name: 'conv' })
    const { nodes, initializers } = readOnnx(exportOnnx(sequential([input({ shape: [8, 8, 12] }), conv])))
    expect(nodes.map(({ opType }) => opType)).toEqual(['Transpose', 'Conv', 'Transpose'])
    expect(nodes[1].attributes.get('group')).toEqual({ type: 'int', value: 3 })
    expect(initializers.get('conv/kernel')?.shape).toEqual([6, 4, 3, 3])
  })

  it('takes pictures with their channels first on request', () => {
    const { types, inputs } = exported({ layout: 'channelsFirst' })
    expect(types).not.toContain('Transpose')
    expect(inputs).toEqual([{ name: 'pixels', shape: ['batch', 3, 8, 8] }])
  })

  it('folds batch normalisations on request', () => {
    expect(exported({ foldBatchNorm: true }).types.slice(0, 3)).toEqual(['Transpose', 'Conv', 'Clip'])
  })

  it('names nodes and weights after layers, and says how they are padded', () => {
    const { nodes, initializers } = exported()
    const conv = nodes[1]
    expect(conv.name).toBe('conv/Conv')
    expect(conv.inputs.slice(1)).toEqual(['conv/kernel', 'conv/bias'])
    expect(initializers.get('conv/kernel')?.shape).toEqual([4, 3, 3, 3])
    expect(conv.attributes.get('pads')).toEqual({ type: 'ints', value: [0, 0, 1, 1] })
    expect(nodes[2].attributes.get('momentum')).toEqual({ type: 'float', value: 0.75 })
  })

  it('names the layer and the op that ONNX cannot express', () => {
    class Odd extends Layer {
      override call(x: Tensor) {
        return x.map(cosTurns)
      }
    }
    const net = sequential([input({ shape: [4] }), new Odd({ name: 'odd' })])
    expect(() => exportOnnx(net)).toThrow('exportOnnx: odd: this op has no ONNX node, received: "cosTurns"')
  })

  it('wants the shape of the input', () => {
    expect(() => exportOnnx(sequential([layers.dense({ units: 2 })]))).toThrow('does not know the shape of its input')
  })
})

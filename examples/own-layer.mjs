/**
 * @file A layer of your own: the tutorial's depthwise separable convolution, put together from a depthwise and a 1x1
 * convolution. Run it with `node examples/own-layer.mjs`.
 *
 * On RGB with 64 filters it has 286 weights, for each of its two halves has a bias; the built-in `separableConv2d`, with one
 * bias, has 283, and an ordinary `conv2d` 1,792.
 */
import { input, layers, model } from 'separable'

class DepthwiseSeparableConv2D extends layers.Layer {
  /** @param {{ filters: number, kernelSize: number }} args */
  constructor({ filters, kernelSize }) {
    super()
    this.depthwise = layers.depthwiseConv2d({ kernelSize, padding: 'same' })
    this.pointwise = layers.conv2d({ filters, kernelSize: 1, activation: 'relu' })
  }

  /** @param {import('separable').Tensor} x [N,H,W,C] */
  call(x) {
    return this.pointwise.apply(this.depthwise.apply(x))
  }
}

const visible = input({ shape: [32, 32, 3] })
let x = new DepthwiseSeparableConv2D({ filters: 64, kernelSize: 3 }).apply(visible)
x = layers.maxPooling2d().apply(x)
x = new DepthwiseSeparableConv2D({ filters: 128, kernelSize: 3 }).apply(x)
x = layers.globalAveragePooling2d().apply(x)
const net = model({ inputs: visible, outputs: layers.dense({ units: 10, activation: 'softmax' }).apply(x) })

net.summary({ cost: true })

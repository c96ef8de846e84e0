/** @file Activation functions by name (https://keras.io/api/layers/activations/). */
import { relu, relu6, sigmoid, softmax, tanh } from '../ops/index.ts'
import { type Field, oneOf } from './schema.ts'
import type { Tensor } from './trace.ts'

/** From [N, ...] to the same shape; softmax works along the last axis. */
const activations = {
  linear: (x: Tensor) => x,
  relu: (x: Tensor) => x.map(relu),
  relu6: (x: Tensor) => x.map(relu6),
  sigmoid: (x: Tensor) => x.map(sigmoid),
  softmax: (x: Tensor) => x.map(softmax),
  tanh: (x: Tensor) => x.map(tanh),
}

export type ActivationName = keyof typeof activations

export function activate(name: ActivationName | null, x: Tensor): Tensor {
  return activations[name ?? 'linear'](x)
}

/** An argument that takes the name of an activation. */
export function activation(doc: string): Field<ActivationName, ActivationName, false> {
  return oneOf(doc, ...(Object.keys(activations) as ActivationName[]))
}

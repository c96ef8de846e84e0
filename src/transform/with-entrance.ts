/** @file Layers put in front of a finished network, such as those that change pictures at random while training. */

import { received, SeparableError } from '../base/errors.ts'
import { type Application, Layer, type SymbolicTensor } from '../nn/layer.ts'
import { input } from '../nn/layers/input.ts'
import { checkModel } from '../train/check-model.ts'
import { model as functional } from '../train/functional.ts'
import type { Model } from '../train/model.ts'

/**
 * A model that sends its input through these layers before the network. It is made of the network's own layers, not of
 * copies: training one trains both. The new model is not compiled. Without layers it is the network itself.
 *
 *     const augmented = withEntrance(mobileNet(), [layers.randomFlip({ mode: 'horizontal' }), layers.randomRotation({ factor: 0.05 })])
 *
 * @throws SeparableError (`shape`) when the layers change the shape to one that the network does not take
 */
export function withEntrance(network: Model, entrance: readonly Layer[]): Model {
  checkModel('withEntrance', network)
  if (!Array.isArray(entrance) || !entrance.every((each) => each instanceof Layer))
    throw new SeparableError('argument', `withEntrance: the entrance must be a list of layers, ${received(entrance)}`)
  if (entrance.length === 0) return network
  const { inputs, outputs, applications } = network.topology
  const placeholders = inputs.map(({ source, shape }) =>
    input({ shape: shape.slice(1) as number[], name: source.layer.name }),
  )
  const values = new Map<Application, SymbolicTensor>(
    inputs.map(({ source }, i) => [source, entrance.reduce((x, layer) => layer.apply(x), placeholders[i])]),
  )
  const newValue = ({ source }: SymbolicTensor) => values.get(source) as SymbolicTensor
  for (const application of applications)
    if (!values.has(application)) values.set(application, application.layer.apply(application.inputs.map(newValue)))
  const whole = functional({ inputs: placeholders, outputs: outputs.map(newValue), name: network.name })
  whole.classNames = network.classNames
  return whole
}

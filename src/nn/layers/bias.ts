/** @file What every layer with weights ends with: an optional bias and an activation. */
import { add } from '../../ops/index.ts'
import { type ActivationName, activate, activation } from '../activations.ts'
import { initializer } from '../initializers.ts'
import { bool } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'

export const activationArg = {
  activation: activation('applied to the result; null means linear').orNull().default('linear'),
}

export const biasArgs = {
  useBias: bool('whether a number is added to each channel').default(true),
  biasInitializer: initializer('first values of the bias').default('zeros'),
}

/** activation(x + bias), the bias [C] repeated over all other axes. */
export function addBiasAndActivate(x: Tensor, bias: Variable | null, activation: ActivationName | null): Tensor {
  const biased = bias ? x.map((node) => add(node, x.trace.read(bias))) : x
  return activate(activation, biased)
}

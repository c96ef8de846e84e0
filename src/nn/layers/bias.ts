/** @file What every layer with weights ends with: an optional bias, an activation, and penalties. */
import { add } from '../../ops/index.ts'
import { type ActivationName, activate, activation } from '../activations.ts'
import { regularizer } from '../regularizers.ts'
import { bool } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { weightArgs } from '../weight-args.ts'

/** The end of the arguments of every convolution and of the fully connected layer. */
export const resultArgs = {
  activation: activation('applied to the result; null means linear').orNull().default('linear'),
  useBias: bool('whether a number is added to each channel').default(true),
  ...weightArgs('bias', 'the bias', 'zeros'),
  activityRegularizer: regularizer('the result'),
}

/** activation(x + bias), the bias [C] repeated over all other axes. */
export function addBiasAndActivate(x: Tensor, bias: Variable | null, activation: ActivationName | null): Tensor {
  const biased = bias ? x.map((node) => add(node, x.trace.read(bias))) : x
  return activate(activation, biased)
}

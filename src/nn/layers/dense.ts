/** @file The fully connected layer. */
import { matmul } from '../../ops/index.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { int } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { weightArgs, weightOptions } from '../weight-args.ts'
import { addBiasAndActivate, resultArgs } from './bias.ts'

const schema = {
  units: int('features of the result', { min: 1 }),
  ...resultArgs,
  ...weightArgs('kernel', 'the kernel', 'glorotUniform'),
}

export class Dense extends Layer<typeof schema> {
  static override readonly className = 'Dense'
  static override readonly schema = schema
  #kernel!: Variable
  #bias: Variable | null = null

  override build(inputShape: Shape): void {
    const { units, useBias } = this.config
    const features = inputShape.at(-1) as number
    this.#kernel = this.addWeight('kernel', [features, units], weightOptions(this.config, 'kernel'))
    if (useBias) this.#bias = this.addWeight('bias', [units], weightOptions(this.config, 'bias'))
  }

  override call(x: Tensor): Tensor {
    const y = x.map((node) => matmul(node, x.trace.read(this.#kernel)))
    return addBiasAndActivate(y, this.#bias, this.config.activation)
  }
}

/**
 * Fully connected: activation(x kernel + bias) along the last axis.
 *
 * Input [N,...,K], result [N,...,units]. Weights: kernel [K,units] and bias [units]. Defaults: activation "linear", useBias
 * true, kernelInitializer "glorotUniform", biasInitializer "zeros". Keras: https://keras.io/api/layers/core_layers/dense/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function dense(args: LayerArgs<typeof schema>): Dense {
  return new Dense(args)
}

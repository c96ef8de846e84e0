/** @file Activations with arguments, as layers. */
import type { Node } from '../../ir/node.ts'
import { clip, leakyRelu, neg, relu, relu6, reluGrad, scale, shift, sub } from '../../ops/index.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { number, type Resolved } from '../schema.ts'
import type { Tensor } from '../trace.ts'

const reluSchema = {
  maxValue: number('the greatest result; null sets no limit', { min: 0 }).orNull(),
  negativeSlope: number('factor of what lies below the threshold', { min: 0 }).default(0),
  threshold: number('the smallest input that is passed on', { min: 0 }).default(0),
}

/** x above the threshold (at most maxValue), otherwise negativeSlope (x - threshold). */
function rectify(x: Node, { maxValue, negativeSlope, threshold }: Resolved<typeof reluSchema>): Node {
  if (maxValue === null && threshold === 0) return negativeSlope === 0 ? relu(x) : leakyRelu(x, negativeSlope)
  const upper = aboveThreshold(x, maxValue, threshold)
  return negativeSlope === 0 ? upper : sub(upper, scale(relu(shift(neg(x), threshold)), negativeSlope))
}

function aboveThreshold(x: Node, maxValue: number | null, threshold: number): Node {
  if (maxValue === 6 && threshold === 0) return relu6(x)
  const passed = threshold === 0 ? relu(x) : reluGrad(shift(x, -threshold), x)
  return maxValue === null ? passed : clip(passed, 0, maxValue)
}

export class ReLU extends Layer<typeof reluSchema> {
  static override readonly className = 'ReLU'
  static override readonly schema = reluSchema

  override call(x: Tensor): Tensor {
    return x.map((node) => rectify(node, this.config))
  }
}

/**
 * min(x, maxValue) where x exceeds the threshold, negativeSlope (x - threshold) elsewhere. Input and result [N,...].
 * Defaults: maxValue null, negativeSlope 0, threshold 0. Keras: https://keras.io/api/layers/activation_layers/relu/
 * @throws SeparableError (`argument`) when an argument is negative
 */
export function reLU(args: LayerArgs<typeof reluSchema> = {}): ReLU {
  return new ReLU(args)
}

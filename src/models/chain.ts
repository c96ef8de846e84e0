/** @file What the functions of the zoo are written with. */
import type { Layer, SymbolicTensor } from '../nn/layer.ts'
import { bool, int, sizes, text } from '../nn/schema.ts'

/** Applies layers one after the other. */
export function chain(x: SymbolicTensor, ...stack: readonly Layer[]): SymbolicTensor {
  return stack.reduce((value, layer) => layer.apply(value), x)
}

/** What the networks for pictures in general can be asked for. */
export interface ImageNetworkArgs {
  /** [H,W,C]. */
  readonly inputShape?: readonly number[]
  /** Default: 1000. */
  readonly classes?: number
  /** Whether a first layer brings pixels of 0 to 255 into the range that the network was made for. Default: false. */
  readonly rescale?: boolean
  readonly name?: string | undefined
}

/** The same, for checks. */
export const imageNetworkSchema = {
  inputShape: sizes('[H,W,C]'),
  classes: int('how many there are', { min: 1 }),
  rescale: bool('whether a first layer brings pixels of 0 to 255 into the range that the network was made for'),
  name: text('name of the model').orNull(),
}

/** Channels as multiples of `divisor`, never less than 90 % of what was asked for (Sandler et al., CVPR 2018). */
export function makeDivisible(channels: number, divisor = 8, least = divisor): number {
  const rounded = Math.max(least, Math.floor((channels + divisor / 2) / divisor) * divisor)
  return rounded < 0.9 * channels ? rounded + divisor : rounded
}

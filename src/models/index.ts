/** @file The zoo: each network a short function. */
import type { Model } from '../train/model.ts'
import { type VggBlocksArgs, vggBlocks } from './vgg-blocks.ts'

export { type VggBlocksArgs, vggBlocks }

/** What every network of the zoo can be asked for. */
export type ZooArgs = Pick<VggBlocksArgs, 'inputShape' | 'classes' | 'rescale' | 'name'>

/** Networks by the names that the command line knows. */
export const zoo = {
  /** Ordinary convolutions. */
  conv: (args: ZooArgs = {}): Model => vggBlocks({ ...args, convolution: 'conv' }),
  /** Depthwise separable convolutions in every place. */
  separable: (args: ZooArgs = {}): Model => vggBlocks({ ...args, convolution: 'separable' }),
} as const

export type ZooName = keyof typeof zoo

/** @file What a recipe is: all of a training but its pictures, chosen to go together. */
import type { DatasetName } from '../data/index.ts'
import type { Layer } from '../nn/layer.ts'
import type { Optimizer } from '../nn/optimizers/index.ts'
import type { Callback } from '../train/callbacks/index.ts'
import type { CompileArgs } from '../train/compile.ts'
import type { Model } from '../train/model.ts'

/** What is known of the pictures before training begins. */
export interface Pictures {
  /** [H,W,C] */
  readonly inputShape: readonly number[]
  readonly classes: number
}

/** How long a training takes. */
export interface Schedule {
  readonly epochs: number
  readonly stepsPerEpoch: number
}

/** Functions are called anew for each training, after `setRandomSeed`. */
export interface Recipe {
  /** One line for people: what it is for. */
  readonly title: string
  /** The data set it was made for. Default: none in particular. */
  readonly data?: DatasetName
  readonly epochs: number
  readonly batchSize: number
  /** The highest learning rate. */
  readonly learningRate: number
  /** The network with new weights, for pixels of 0 to 255; its output is one probability a class. */
  readonly network: (pictures: Pictures) => Model
  /** Layers that change pictures while training, in their order before the network. Default: none. */
  readonly augmentation?: (pictures: Pictures) => readonly Layer[]
  readonly optimizer: (learningRate: number, schedule: Schedule) => Optimizer
  /** For class numbers as targets. Default: "sparseCategoricalCrossentropy". */
  readonly loss?: CompileArgs['loss']
  /** Default: none. */
  readonly callbacks?: (schedule: Schedule) => readonly Callback[]
}

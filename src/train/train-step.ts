/** @file One step of training: a batch goes in, the weights move, sums over the batch come back. */
import type { Feed, Results } from '../backends/engine.ts'
import type { Optimizer } from '../nn/optimizers.ts'
import type { Step } from './session.ts'
import { sumOf } from './totals.ts'

export interface TrainRun {
  readonly results: Results
  /** Images of the batch. */
  readonly count: number
  /** Steps that the optimizer had done before. */
  readonly iterations: number
}

export async function runTrainStep(step: Step, optimizer: Optimizer, feed: Feed): Promise<TrainRun> {
  const { iterations } = optimizer
  const running = step.run(feed, { step: iterations, stepSize: optimizer.nextStepSize() })
  optimizer.iterations += 1
  return { results: await running, count: feed.count, iterations }
}

/** Whether the loss of the step is a number to go on with. */
export function hasFiniteLoss({ results }: TrainRun): boolean {
  return Number.isFinite(sumOf(results.loss))
}

/** @file One step of training: a batch goes in, the weights move, sums over the batch come back. */
import type { Feed, Results } from '../backends/engine.ts'
import type { Network } from '../nn/network.ts'
import type { Optimizer } from '../nn/optimizers/index.ts'
import type { Compiled } from './compile.ts'
import { type Format, trainGraph } from './graphs.ts'
import type { Session, Step } from './session.ts'
import { sumOf } from './totals.ts'

export interface TrainRun {
  readonly results: Results
  /** Images of the batch. */
  readonly count: number
  /** Steps that the optimizer had done before. */
  readonly iterations: number
}

/** The compiled graphs of a training step. */
export interface TrainSteps {
  readonly update: Step
  /** For batches whose gradients are only added up; null where every batch makes an update. */
  readonly accumulate: Step | null
}

export async function openTrainSteps(
  session: Session,
  network: Network,
  compiled: Compiled,
  format: Format,
): Promise<TrainSteps> {
  const update = await session.step('train', format, () => trainGraph(network, compiled, format))
  if (compiled.optimizer.batchesPerUpdate === 1) return { update, accumulate: null }
  const trace = () => trainGraph(network, compiled, format, 'accumulate')
  return { update, accumulate: await session.step('accumulate', format, trace) }
}

export async function runTrainStep(steps: TrainSteps, optimizer: Optimizer, feed: Feed): Promise<TrainRun> {
  const { iterations } = optimizer
  const step = (optimizer.updatesNext ? null : steps.accumulate) ?? steps.update
  const running = step.run(feed, { step: iterations, ...optimizer.nextScalars() })
  optimizer.iterations += 1
  return { results: await running, count: feed.count, iterations }
}

/** Whether the loss of the step is a number to go on with. */
export function hasFiniteLoss({ results }: TrainRun): boolean {
  return Number.isFinite(sumOf(results.loss))
}

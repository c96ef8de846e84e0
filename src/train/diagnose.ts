/** @file Finds where a training step went wrong: the first layer whose output is not finite. */
import { type Feed, toArray } from '../backends/engine.ts'
import { received, SeparableError } from '../base/errors.ts'
import type { Network } from '../nn/network.ts'
import { type Format, inspectGraph } from './graphs.ts'
import type { Session } from './session.ts'
import { sumOf } from './totals.ts'
import type { TrainRun } from './train-step.ts'

interface BadStep {
  readonly network: Network
  readonly session: Session
  readonly format: Format
  readonly feed: Feed
  /** Counting from 0. */
  readonly epoch: number
  readonly step: number
  readonly run: TrainRun
}

/** Repeats the forward pass of a step whose loss is not finite and says which layer it starts in. */
export async function explainBadLoss(bad: BadStep): Promise<SeparableError> {
  const { network, session, format, feed } = bad
  const inspect = await session.step('inspect', format, () => inspectGraph(network, format))
  const outputs = await inspect.run(feed, { step: bad.run.iterations })
  const badInput = Object.entries(feed.inputs).find(([, fed]) => !toArray(fed).every(Number.isFinite))?.[0]
  const badLayer = Object.entries(outputs).find(([, values]) => !values.every(Number.isFinite))?.[0]
  const where = badInput
    ? `the data for ${badInput} are not finite`
    : `${badLayer ? `the first layer whose output is not finite is ${badLayer}` : 'all layers are finite, the loss is not'}; ` +
      'a smaller learning rate or scaled inputs may help'
  return new SeparableError(
    'numeric',
    `fit: the loss is not finite at epoch ${bad.epoch + 1}, step ${bad.step + 1}: ${where}, ${received(sumOf(bad.run.results.loss) / bad.run.count)}`,
  )
}

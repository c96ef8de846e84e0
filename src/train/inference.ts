/** @file Running a network over examples without changing it: evaluation and prediction. */
import type { Network } from '../nn/network.ts'
import { type DType, NdArray, type Shape, sizeOf } from '../tensor/ndarray.ts'
import type { Compiled } from './compile.ts'
import type { Logs } from './events.ts'
import { evaluateGraph, type Format, predictGraph } from './graphs.ts'
import { count, pipelined } from './pipeline.ts'
import type { Session, Step } from './session.ts'
import { Batches, type Table } from './table.ts'
import { weightColumns } from './targets.ts'
import { Totals } from './totals.ts'

/** Nothing depends on the run before, so the next batch is handed over while one is running. */
const AHEAD = 2

/** The format of a graph that takes batches of this table. */
export function formatOf(network: Network, table: Table, batchSize: number): Format {
  const dtypes = network.inputs.map(({ source }): DType => {
    const column = table.columns.find(({ name }) => name === source.layer.name)
    return column?.data.BYTES_PER_ELEMENT === 1 ? 'u8' : 'f32'
  })
  return { batch: Math.min(batchSize, table.count), dtypes, weights: weightColumns(table, network.outputs.length) }
}

function runAll(step: Step, batches: Batches) {
  return pipelined(count(batches.steps), AHEAD, async (i) => {
    const feed = batches.feed(i)
    return { results: await step.run(feed), images: feed.count }
  })
}

interface Evaluation {
  readonly network: Network
  readonly compiled: Compiled
  readonly session: Session
  readonly table: Table
  readonly batchSize: number
  readonly onStep?: (step: number, logs: Logs) => void
}

/** Means of loss and metrics over all examples. */
export async function evaluateTable({
  network,
  compiled,
  session,
  table,
  batchSize,
  onStep,
}: Evaluation): Promise<Logs> {
  const format = formatOf(network, table, batchSize)
  const step = await session.step('evaluate', format, () => evaluateGraph(network, compiled, format))
  const batches = new Batches(table, batchSize)
  const totals = new Totals(compiled.heads(network.outputs))
  let done = 0
  for await (const { results, images } of runAll(step, batches)) {
    totals.add(results, images)
    onStep?.(++done, totals.logs())
  }
  return totals.logs()
}

/** Every output for all examples, [N, ...]. */
export async function predictTable(
  network: Network,
  session: Session,
  table: Table,
  batchSize: number,
): Promise<NdArray<Float32Array<ArrayBuffer>>[]> {
  const format = formatOf(network, table, batchSize)
  const step = await session.step('predict', format, () => predictGraph(network, format))
  const batches = new Batches(table, batchSize)
  const outputs = network.outputs.map(({ shape }) => {
    const whole: Shape = [table.count, ...(shape.slice(1) as Shape)]
    return new NdArray(new Float32Array(sizeOf(whole)), whole)
  })
  let begin = 0
  for await (const { results, images } of runAll(step, batches)) {
    outputs.forEach(({ data, itemSize }, i) => {
      data.set(results[`output${i}`], begin * itemSize)
    })
    begin += images
  }
  return outputs
}

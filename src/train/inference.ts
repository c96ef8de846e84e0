/** @file Running a network over examples without changing it: evaluation and prediction. */

import type { Results } from '../backends/engine.ts'
import type { Signal } from '../base/abort.ts'
import type { Network } from '../nn/network.ts'
import { NdArray, type Shape, sizeOf } from '../tensor/ndarray.ts'
import type { Compiled } from './compile.ts'
import type { Logs } from './events.ts'
import { evaluateGraph, type Format, predictGraph } from './graphs.ts'
import { pipelined } from './pipeline.ts'
import type { Session, Step } from './session.ts'
import { type Source, tableSource } from './source.ts'
import type { Table } from './table.ts'
import { Totals } from './totals.ts'

/** Nothing depends on the run before, so the next batch is handed over while one is running. */
const ahead = () => 2

interface Run {
  readonly results: Results
  readonly images: number
}

/** Runs one pass over a source. @param open the compiled graph for a format */
async function* runAll(source: Source, open: (format: Format) => Promise<Step>): AsyncGenerator<Run> {
  yield* pipelined(source.pass(0), ahead, async ({ format, feed }) => {
    const step = await open(format)
    return { results: await step.run(feed), images: feed.count }
  })
}

interface Evaluation {
  readonly network: Network
  readonly compiled: Compiled
  readonly session: Session
  readonly source: Source
  readonly signal: Signal
  readonly onStep?: (step: number, logs: Logs) => void
}

/** Losses and metrics over all batches. @throws the signal's reason once it has aborted */
export async function evaluateSource({
  network,
  compiled,
  session,
  source,
  signal,
  onStep,
}: Evaluation): Promise<Logs> {
  const open = (format: Format) => session.step('evaluate', format, () => evaluateGraph(network, compiled, format))
  const totals = new Totals(compiled.heads(network.outputs))
  let done = 0
  for await (const { results, images } of runAll(source, open)) {
    totals.add(results, images)
    onStep?.(++done, totals.logs())
    if (signal?.aborted) break
  }
  signal?.throwIfAborted()
  return totals.logs()
}

/** Every output for all examples, [N, ...]. @throws the signal's reason once it has aborted */
export async function predictTable(
  network: Network,
  session: Session,
  table: Table,
  { batchSize, signal }: { readonly batchSize: number; readonly signal: Signal },
): Promise<NdArray<Float32Array<ArrayBuffer>>[]> {
  const open = (format: Format) => session.step('predict', format, () => predictGraph(network, format))
  const outputs = network.outputs.map(({ shape }) => {
    const whole: Shape = [table.count, ...(shape.slice(1) as Shape)]
    return new NdArray(new Float32Array(sizeOf(whole)), whole)
  })
  let begin = 0
  for await (const { results, images } of runAll(tableSource(network, table, batchSize), open)) {
    outputs.forEach(({ data, itemSize }, i) => {
      data.set(results[`output${i}`], begin * itemSize)
    })
    begin += images
    signal?.throwIfAborted()
  }
  return outputs
}

/**
 * @file One training step on the wasm engine beside the same step on the reference engine, which interprets the graph in
 * f64 and fuses nothing: what differs by more than rounding, as text.
 */
import type { Engine } from '../../src/backends/engine.ts'
import { ReferenceEngine } from '../../src/backends/reference/reference-engine.ts'
import { WasmEngine } from '../../src/backends/wasm/wasm-engine.ts'
import { resetNames } from '../../src/nn/names.ts'
import { setRandomSeed } from '../../src/nn/random-state.ts'
import type { NdArray } from '../../src/tensor/ndarray.ts'
import { setEngineFactory } from '../../src/train/environment.ts'
import type { Model } from '../../src/train/model.ts'

/** A compiled network, one batch of examples, and how much each of them counts. */
export interface Trial {
  readonly net: Model
  readonly x: readonly NdArray[]
  readonly y: readonly NdArray[]
  readonly sampleWeight?: NdArray<Float32Array>
}

interface Outcome {
  readonly loss: number
  /** The outputs before the step, and after it. */
  readonly before: readonly Float32Array[]
  readonly after: readonly Float32Array[]
  readonly weights: readonly { readonly path: string; readonly start: Float32Array; readonly end: Float32Array }[]
}

/** Runs the trial, made anew for each engine; an empty list when both agree. @throws what the wasm engine throws */
export async function differences(make: () => Trial): Promise<string[]> {
  const expected = await stepOn(new ReferenceEngine(), make)
  const actual = await stepOn(new WasmEngine({ cores: 1 }), make)
  const allMoves = expected.weights.flatMap(({ start, end }) => largestMove(start, end))
  const largest = Math.max(0, ...allMoves)
  return [
    ...apart('loss', [actual.loss], [expected.loss], 2e-5 * (1 + Math.abs(expected.loss))),
    ...outputsApart('prediction', actual.before, expected.before, 1e-4),
    ...expected.weights.flatMap(({ path, start, end }, i) => {
      // A step is judged by its length: weights hardly change when the gradient is wrong.
      const tolerance = 2e-3 * largestMove(start, end) + 5e-5 * largest + 1e-6 * (1 + largestOf(end))
      return apart(path, actual.weights[i].end, end, tolerance)
    }),
    ...outputsApart('prediction after the step', actual.after, expected.after, 1e-3),
  ]
}

async function stepOn(engine: Engine, make: () => Trial): Promise<Outcome> {
  setEngineFactory(async () => engine)
  setRandomSeed(1)
  resetNames()
  const { net, x, y, ...weights } = make()
  const predict = async () => (await net.predictAll([...x])).map(({ data }) => data)
  const read = () => net.weights.map((weight) => Float32Array.from(weight.read()))
  const [start, before] = [read(), await predict()]
  const { loss } = await net.trainOnBatch([...x], [...y], weights)
  const [end, after] = [read(), await predict()]
  await net.dispose()
  return { loss, before, after, weights: net.weights.map(({ path }, i) => ({ path, start: start[i], end: end[i] })) }
}

function outputsApart(
  what: string,
  actual: readonly Float32Array[],
  expected: readonly Float32Array[],
  share: number,
): string[] {
  return expected.flatMap((values, i) => apart(`${what} ${i}`, actual[i], values, share * (1 + largestOf(values))))
}

function apart(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): string[] {
  for (let i = 0; i < expected.length; i++)
    if (!(Math.abs(actual[i] - expected[i]) <= tolerance))
      return [`${what}, element ${i}: ${actual[i]} instead of ${expected[i]}, tolerance ${tolerance}`]
  return []
}

function largestOf(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
}

function largestMove(start: Float32Array, end: Float32Array): number {
  return largestOf(end.map((value, i) => value - start[i]))
}

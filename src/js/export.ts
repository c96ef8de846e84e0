/**
 * @file From a model to the text of one ES module that predicts without this library. Batch normalisations are folded, the
 * graph of one picture is compiled as it would be here, and its kernels and weights go into the text.
 */

import { emitStandalone, type Slot, type Standalone } from '../backends/wasm/standalone.ts'
import { received, SeparableError } from '../base/errors.ts'
import { inTurns, type Steps } from '../base/steps.ts'
import { type Args, number, opaque, resolve } from '../nn/schema.ts'
import type { Trace } from '../nn/trace.ts'
import type { Variable } from '../nn/variable.ts'
import { luma } from '../tensor/luma.ts'
import { NdArray, type Shape, sizeOf } from '../tensor/ndarray.ts'
import { checkModel } from '../train/check-model.ts'
import { predictGraph } from '../train/graphs.ts'
import type { Model } from '../train/model.ts'
import { foldBatchNorm } from '../transform/fold-batch-norm.ts'
import { base64, moduleText } from './module-text.ts'
import type { Info, JsModule, Parts } from './parts.ts'
import { Predictor } from './predictor.js'

/** Their text is a third longer, and must fit into a string. */
const MOST_WEIGHT_BYTES = 256 * 2 ** 20

/** How far the exported scores may be from the model's own, relative to the largest: batch norms are folded, sums rounded. */
const TOLERANCE = 1e-3

const isNames = (value: unknown) => Array.isArray(value) && value.every((name) => typeof name === 'string')

const exportSchema = {
  classes: opaque<readonly string[]>(
    'names of the classes, in the order of the scores; null takes those of the model',
    'a list of names',
    isNames,
  )
    .orNull()
    .default(null),
  divideBy: number('what bytes are divided by before the model sees them', { above: 0 }).default(1),
}

export type ExportJsArgs = Args<typeof exportSchema>

/**
 * The model as an ES module that imports nothing, for browsers and Node, with two exports:
 *
 * - `predict(pixels)`: the scores of one picture, a Float32Array. Pixels are [H,W,C], one after the other: bytes, f32 numbers,
 *   or an ImageData of that size. A model of several inputs takes a list, one of several outputs returns one.
 * - `info`: name, shapes of inputs and outputs, names of classes, numbers of layers and parameters.
 *
 * When it is loaded it computes a test picture, and throws unless the scores are those of the export (to 1e-5 of the
 * largest). The export itself compares them with `model.predict` (to 1e-3), so the model computes: `dispose` it afterwards.
 *
 * - `classes` (default null): names of the classes, which `info` repeats; null takes the model's own `classNames`.
 * - `divideBy` (default 1): what bytes are divided by: 255 for a model that takes numbers from 0 to 1. Other arrays are taken
 *   as they are.
 *
 * @throws SeparableError (`argument`) when an argument does not fit or the shape of the input is not known yet,
 *   (`unsupported`) when there are more than 256 MiB of weights, (`numeric`) when scores are not finite or differ
 */
export async function exportJs(model: Model, args: ExportJsArgs = {}): Promise<JsModule> {
  const { classes, divideBy } = resolve('exportJs', exportSchema, args)
  checkModel('exportJs', model)
  const info = infoOf(model, classes)
  const network = foldBatchNorm(model)
  const trace = predictGraph(network, { batch: 1, dtypes: network.inputs.map(() => 'f32') })
  const program = emitStandalone(trace.graph)
  const weights = await inTurns(weightsOf(trace, program))
  const parts = await inTurns(partsOf(program, info, divideBy, weights))
  return moduleText(info, { ...parts, test: await testScores(model, info, parts, weights) })
}

/** @throws SeparableError (`argument`) unless there are as many names as scores */
function infoOf(model: Model, classes: readonly string[] | null): Info {
  const shapeOf = (shape: Shape) => shape.slice(1)
  const outputs = model.outputs.map(({ source, shape }) => ({
    name: source.layer.name,
    shape: shapeOf(shape as Shape),
  }))
  const scores = outputs[0]?.shape.at(-1)
  const own = model.classNames?.length === scores ? model.classNames : undefined
  if (classes && classes.length !== scores)
    throw new SeparableError(
      'argument',
      `exportJs: classes must be ${scores} names, one for each score, ${received(classes)}`,
    )
  return {
    name: model.name,
    inputs: model.inputs.map(({ source, shape }) => ({ name: source.layer.name, shape: shapeOf(shape as Shape) })),
    outputs,
    classes: classes ?? own ?? null,
    layers: model.layers.length,
    parameters: model.countParams(),
  }
}

function* weightsOf({ variables }: Trace, { params }: Standalone): Steps<Float32Array<ArrayBuffer>> {
  const byKey = new Map(variables.map((variable) => [variable.key, variable]))
  const weights = [...params.keys()].map((key) => byKey.get(key) as Variable)
  const length = weights.reduce((sum, { size }) => sum + size, 0)
  if (4 * length > MOST_WEIGHT_BYTES)
    throw new SeparableError(
      'unsupported',
      `exportJs: a module holds at most ${MOST_WEIGHT_BYTES / 2 ** 20} MiB of weights, ${received(4 * length)} bytes`,
    )
  const joined = new Float32Array(length)
  let from = 0
  for (const variable of weights) {
    joined.set(variable.snapshot(), from)
    from += variable.size
    yield
  }
  return joined
}

function* partsOf(
  { code, pages, head, prepare, params, inputs, outputs }: Standalone,
  info: Info,
  divideBy: number,
  weights: Float32Array<ArrayBuffer>,
): Steps<Parts> {
  return {
    pages,
    head: { address: head.address, bytes: yield* base64(head.bytes) },
    prepare,
    inputs: info.inputs.map(({ name }) => inputs.get(name) as Slot),
    outputs: [...outputs.values()],
    params: [...params.values()],
    divideBy,
    test: [],
    kernels: yield* base64(code),
    weights: yield* base64(new Uint8Array(weights.buffer)),
  }
}

/** The predictor that is exported, which need not decode the weights: they are here. */
class KnowingPredictor extends Predictor {
  readonly #weights: Float32Array<ArrayBuffer>

  constructor(info: Info, parts: Parts, ownLuma: typeof luma, weights: Float32Array<ArrayBuffer>) {
    super(info, parts, ownLuma)
    this.#weights = weights
  }

  override decode(base64: string): Uint8Array<ArrayBuffer> {
    return base64 === this.parts.weights ? new Uint8Array(this.#weights.buffer) : super.decode(base64)
  }
}

/**
 * Scores of the test picture, computed by the very code that is exported.
 * @throws SeparableError (`numeric`) unless they are what the model predicts
 */
async function testScores(
  model: Model,
  info: Info,
  parts: Parts,
  weights: Float32Array<ArrayBuffer>,
): Promise<number[]> {
  const predictor = new KnowingPredictor(info, parts, luma, weights)
  await predictor.start()
  const found = predictor.test()
  const pictures = info.inputs.map(({ shape }) => new NdArray(predictor.testPicture(sizeOf(shape)), [1, ...shape]))
  const expected = (await model.predictAll(pictures)).flatMap(({ data }) => predictor.sample(data))
  const tolerance = TOLERANCE * Math.max(...expected.map(Math.abs))
  const bad = expected.findIndex((score, i) => !(Math.abs(found[i] - score) <= tolerance))
  if (bad >= 0)
    throw new SeparableError(
      'numeric',
      `exportJs: score ${bad} of a test picture must be ${expected[bad]}, as the model predicts, ${received(found[bad])}`,
    )
  return found.map((score) => Number(score.toPrecision(8)))
}

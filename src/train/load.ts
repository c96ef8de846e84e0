/** @file Opening files that hold models or weights, from a path or from bytes. */
import { received, SeparableError } from '../base/errors.ts'
import { inTurns } from '../base/steps.ts'
import { type JsonObject, type JsonValue, parseJsonObject } from '../formats/json.ts'
import type { LayerClass } from '../nn/layers/index.ts'
import { bool, checkArgs, opaque, sizes } from '../nn/schema.ts'
import { compileFrom } from '../saving/compile-config.ts'
import { type NetworkFactory, networkFrom } from '../saving/from-config.ts'
import { Notes } from '../saving/notes.ts'
import { type FileSource, openFile } from '../saving/open.ts'
import { restoreOptimizer } from '../saving/optimizer-state.ts'
import { type ModelFile, readModelFile } from '../saving/read.ts'
import { assign } from '../saving/weights.ts'
import type { CompileArgs } from './compile.ts'
import { currentScreen } from './environment.ts'
import { model } from './functional.ts'
import type { Model } from './model.ts'
import { sequential } from './sequential.ts'

export interface LoadOptions {
  /** Own classes of layers that the file may name. Default: none. */
  readonly custom?: readonly LayerClass[]
  /** Sizes of one item, [H,W,C], where the file leaves them open. */
  readonly inputShape?: readonly number[]
  /** Whether the model is compiled as it was when it was saved, and its optimizer goes on from there. Default: true. */
  readonly compile?: boolean
}

const loadSchema = {
  custom: opaque<readonly LayerClass[]>(
    'own classes of layers that the file may name',
    'a list of classes of layers',
    (input) => Array.isArray(input) && input.every((each) => typeof each === 'function'),
  ),
  inputShape: sizes('sizes of one item, where the file leaves them open'),
  compile: bool('whether the model is compiled as it was when it was saved'),
}

const factory: NetworkFactory<Model> = { sequential, functional: model }

/**
 * A model from a file: .keras of Keras 3, or .h5 of Keras 2 and 3. Python code in files is never run: Lambda layers and
 * classes of a user's own are refused by name. What is left out because it is not known here and changes no prediction
 * (regularizers, constraints, metrics) is named in a warning.
 *
 * @param source a path (in Node), or the file itself as bytes, ArrayBuffer or Blob
 * @throws SeparableError `io` when the file cannot be read, `data` when it is damaged, `unsupported` naming the layer or
 *   argument that is not known, `argument` when the file leaves open the shape of the input and `inputShape` is not given
 */
export async function loadModel(source: FileSource, options: LoadOptions = {}): Promise<Model> {
  checkArgs('loadModel', loadSchema, options)
  const { bytes, what } = await openFile(source)
  const file = await inTurns(readModelFile(bytes, what))
  const notes = new Notes(what)
  const made = rebuild(file.config, options, notes, file.version)
  assign(await inTurns(file.weightsOf(made)))
  made.classNames = file.classNames
  if (options.compile !== false && file.compile) compileAs(made, file, notes)
  for (const line of notes.lines) currentScreen().warn(line)
  return made
}

/**
 * A model from what `toJSON` returned, or from its text; the weights are new.
 * @throws SeparableError as `loadModel`
 */
export function modelFromJSON(json: string | object, options: LoadOptions = {}): Model {
  checkArgs('modelFromJSON', loadSchema, options)
  const text = typeof json === 'string' ? json : jsonText(json)
  const notes = new Notes('modelFromJSON')
  const config = parseJsonObject(text, 'modelFromJSON')
  const made = rebuild(config, options, notes, config.keras_version)
  for (const line of notes.lines) currentScreen().warn(line)
  return made
}

function jsonText(json: unknown): string {
  try {
    if (typeof json === 'object' && json !== null) return JSON.stringify(json)
  } catch {} // what is no plain data
  throw new SeparableError(
    'argument',
    `modelFromJSON: the model must be JSON, as text or as an object, ${received(json)}`,
  )
}

function rebuild(
  config: JsonValue,
  { custom = [], inputShape }: LoadOptions,
  notes: Notes,
  version: JsonValue | undefined,
): Model {
  const isKeras2 = typeof version === 'string' && /^[12]\./.test(version)
  const made = networkFrom(config, { factory, custom, inputShape, isKeras2, notes })
  if (made.built) return made
  throw new SeparableError(
    'argument',
    `${notes.what}: the model leaves the shape of its input open: say it with inputShape, ${received(inputShape)}`,
  )
}

function compileAs(made: Model, file: ModelFile, notes: Notes): void {
  const parts = compileFrom(file.compile as JsonObject, notes)
  if (!parts) return
  // The same structure; which losses and metrics it holds is checked by `compile`.
  made.compile(parts as unknown as CompileArgs)
  const state = file.optimizerState()
  if (state.length > 0 && !restoreOptimizer(parts.optimizer, made.trainableWeights, state))
    notes.add('the values of the optimizer do not fit the model and were left out')
}

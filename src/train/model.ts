/** @file A network that can be trained: `compile`, `fit`, `evaluate`, `predict`. */
import type { Engine, KernelTime } from '../backends/engine.ts'
import { received, SeparableError } from '../base/errors.ts'
import { getPlatform } from '../base/platform.ts'
import type { JsonObject } from '../formats/json.ts'
import { Network } from '../nn/network.ts'
import { randomSeed } from '../nn/random-state.ts'
import { type Args, type Resolved, resolve } from '../nn/schema.ts'
import type { Summary } from '../report/summary.ts'
import { checkFormat, type FileSource, formatOfPath, MODEL_FORMATS, openFile, WEIGHT_FORMATS } from '../saving/open.ts'
import { restoreOptimizer } from '../saving/optimizer-state.ts'
import { readWeightFile } from '../saving/read.ts'
import { networkToKeras } from '../saving/to-config.ts'
import { assign } from '../saving/weights.ts'
import { type FileFormat, WRITERS } from '../saving/write.ts'
import type { NdArray } from '../tensor/ndarray.ts'
import { type Callback, notify, type TrainedModel } from './callbacks/index.ts'
import { type CompileArgs, type Compiled, compileArgs } from './compile.ts'
import { currentScreen } from './environment.ts'
import { History, type Logs, type TrainEvent } from './events.ts'
import { trainingEvents } from './fit.ts'
import { type Format, predictGraph, trainGraph } from './graphs.ts'
import type { Head } from './heads.ts'
import { evaluateTable, formatOf, predictTable } from './inference.ts'
import { type MemoryUse, memoryUse } from './memory.ts'
import { evaluateSchema, fitSchema, memorySchema, predictSchema } from './options.ts'
import { ProgressBar } from './progress-bar.ts'
import { Session, type Step } from './session.ts'
import { Batches, type Inputs, inputTable, type Table } from './table.ts'
import { classWeightTable, type SampleWeights, type Targets, targetTable, weightTable } from './targets.ts'
import { Totals } from './totals.ts'
import { openTrainSteps, runTrainStep } from './train-step.ts'

export type FitArgs = Args<typeof fitSchema>
export type EvaluateArgs = Args<typeof evaluateSchema>
export type PredictArgs = Args<typeof predictSchema>
export type MemoryArgs = Args<typeof memorySchema>

/**
 * What `model()` and `sequential()` return. Pictures are [N,H,W,C], of bytes or f32 numbers; class numbers are [N] or [N,1].
 * Computing happens in an engine with workers of its own, which starts with the first fit, evaluate or predict and ends with
 * `dispose`. Keras: https://keras.io/api/models/model_training_apis/
 */
export abstract class Model extends Network implements TrainedModel {
  /** Set it, in a callback, to end training after the present batch or epoch. */
  stopTraining = false
  /** The epoch that `fit` begins with, counting from 0; a callback may set it as training begins. */
  initialEpoch = 0
  #compiled: Compiled | undefined
  #training: CompileArgs | undefined
  #session: Promise<Session> | undefined

  /**
   * Chooses how to train. Frozen layers (`trainable = false`) take effect here.
   * @throws SeparableError (`argument`) when a name is unknown
   */
  compile(args: CompileArgs): void {
    this.#compiled = compileArgs(args)
    this.#training = args
    this.#session?.then(
      (session) => session.forget(),
      () => {},
    )
  }

  /**
   * Trains on the examples, in batches, and returns what was logged: `acc`, `loss`, `val_acc`, `val_loss` for each epoch.
   * A model of several inputs or outputs takes lists in their order, or dictionaries by the names of their layers. The loss
   * of a batch of N images is the sum of their losses, each times its `sampleWeight` or that of its class, over N.
   * An interrupted run (`signal`, `stopTraining`) returns the epochs that were completed.
   *
   * Defaults: batchSize 32, epochs 1, verbose "auto", callbacks [], validationSplit 0, validationData null, shuffle true,
   * classWeight null (classes that it leaves out weigh 1), sampleWeight null, initialEpoch 0, seed null (that of `setRandomSeed`), signal null.
   * @throws SeparableError (`argument`, `shape`, `data`) naming what does not fit, or (`numeric`) naming the first layer
   *   whose output is not finite once the loss is not
   */
  async fit(x: Inputs, y: Targets, args: FitArgs = {}): Promise<History> {
    const options = resolve('fit', fitSchema, args)
    const compiled = this.#compiledFor('fit')
    const { data, validation } = this.#split(x, y, options)
    const { callbacks, epochs, batchSize } = options
    const history = new History({ verbose: verbosity(options), epochs, steps: Math.ceil(data.count / batchSize) })
    const progress = progressFor(options)
    this.stopTraining = false
    this.initialEpoch = options.initialEpoch
    const training = {
      ...options,
      network: this,
      compiled,
      session: await this.#open(),
      data,
      validation,
      seed: options.seed ?? randomSeed(),
      ahead: callbacks.some(({ onBatchEnd }) => onBatchEnd) ? 1 : 2,
    }
    for await (const plain of trainingEvents(training)) {
      const event = withMoreLogs(plain, callbacks, this)
      history.on(event)
      progress?.on(event)
      for (const callback of callbacks) await notify(callback, event, this)
    }
    return history
  }

  /**
   * The loss and the metrics, means over all examples: as a list, the loss first, or by name with `returnDict`.
   * Defaults: batchSize 32, verbose "auto", sampleWeight null, returnDict false.
   * @throws SeparableError as `fit`
   */
  async evaluate(x: Inputs, y: Targets, args: EvaluateArgs & { readonly returnDict: true }): Promise<Logs>
  async evaluate(x: Inputs, y: Targets, args?: EvaluateArgs & { readonly returnDict?: false }): Promise<number[]>
  async evaluate(x: Inputs, y: Targets, args: EvaluateArgs = {}): Promise<Logs | number[]> {
    const options = resolve('evaluate', evaluateSchema, args)
    const compiled = this.#compiledFor('evaluate')
    const table = this.#examples('evaluate', x, y, options.sampleWeight)
    const progress = progressFor(options)
    progress?.begin(Math.ceil(table.count / options.batchSize))
    const logs = await evaluateTable({
      network: this,
      compiled,
      session: await this.#open(),
      table,
      batchSize: options.batchSize,
      onStep: (step, means) => progress?.step(step, means),
    })
    progress?.end(logs)
    return options.returnDict ? logs : logNames(compiled.heads(this.outputs)).map((name) => logs[name])
  }

  /**
   * The output for every example, [N, ...]. Default: batchSize 32.
   * @throws SeparableError (`shape`) when the examples do not fit, (`unsupported`) when the model has several outputs
   */
  async predict(x: Inputs, args: PredictArgs = {}): Promise<NdArray<Float32Array<ArrayBuffer>>> {
    const { batchSize } = resolve('predict', predictSchema, args)
    this.ready(x)
    if (this.outputs.length > 1)
      throw new SeparableError(
        'unsupported',
        `${this.name}: predict knows one output, ${received(this.outputs.length)}`,
      )
    const table = inputTable('predict', this.inputs, x)
    const [output] = await predictTable(this, await this.#open(), table, batchSize)
    return output
  }

  /** One step of training on exactly these examples; returns the loss and the metrics from before the step. */
  async trainOnBatch(x: Inputs, y: Targets): Promise<Logs> {
    const compiled = this.#compiledFor('trainOnBatch')
    const table = this.#examples('trainOnBatch', x, y)
    const format = formatOf(this, table, table.count)
    const steps = await openTrainSteps(await this.#open(), this, compiled, format)
    const totals = new Totals(compiled.heads(this.outputs))
    const { results, count } = await runTrainStep(steps, compiled.optimizer, new Batches(table, table.count).feed(0))
    totals.add(results, count)
    return totals.logs()
  }

  /**
   * The plan for batches of f32 numbers as text: kernels, shapes, offsets, multiply-accumulates, bytes.
   * @param purpose a step of training, or prediction
   */
  async plan(purpose: 'train' | 'predict', batch: number): Promise<string> {
    const format = { batch, dtypes: this.inputs.map(() => 'f32' as const) }
    return (await this.#step(purpose, format)).executable.describe()
  }

  /**
   * The memory that `fit`, or `predict`, takes for itself, known before anything runs: the compiled graph, the weights and
   * the examples, but not what a process or a page takes anyway. Validation is not counted.
   * Defaults: batchSize 32, examples null (one batch), dtype "u8".
   * @throws SeparableError (`argument`) when an argument does not fit or the model was not compiled
   */
  async memory(purpose: 'train' | 'predict', args: MemoryArgs = {}): Promise<MemoryUse> {
    const { batchSize, examples, dtype } = resolve('memory', memorySchema, args)
    const { inputs, outputs, weights } = this
    const setup = { format: { batch: batchSize, dtypes: inputs.map(() => dtype) }, inputs, outputs, weights }
    const step = await this.#step(purpose, setup.format)
    return memoryUse(purpose, { ...setup, examples: examples ?? batchSize }, await this.#open(), step)
  }

  /**
   * What each kernel of a training step on these examples takes, on one thread, and of a prediction when there is no `y`.
   * Weights stay as they are; only the first run of a kernel is slower than usual.
   * @throws SeparableError (`unsupported`) when the backend has no kernels
   */
  async profile(x: Inputs, y?: Targets): Promise<KernelTime[]> {
    const table = y ? this.#examples('profile', x, y) : inputTable('profile', this.inputs, x)
    const format = formatOf(this, table, table.count)
    const step = await this.#step(y ? 'train' : 'predict', format)
    return step.profile(new Batches(table, table.count).feed(0))
  }

  /** The engine that this model computes with; it starts if it has not yet. */
  async engine(): Promise<Engine> {
    return (await this.#open()).engine
  }

  /**
   * Writes the model to a file: its layers, weights, how it was compiled and where its optimizer is. The ending decides:
   * `.keras` as Keras 3 writes it, `.h5` or `.hdf5` as Keras 2 and 3 read it. The file appears complete or not at all.
   * @throws SeparableError `argument` for another ending, `io` when it cannot be written, `unsupported` in a browser
   */
  async save(path: string): Promise<void> {
    const format = formatOfPath('save', path, MODEL_FORMATS)
    await getPlatform().writeFileAtomic(path, this.#bytes(format))
  }

  /**
   * Writes the weights alone: `.weights.h5` as Keras 3 does (with the optimizer's values), `.safetensors` or `.npz` by the
   * names of the weights. The file appears complete or not at all.
   * @throws SeparableError as `save`
   */
  async saveWeights(path: string): Promise<void> {
    const format = formatOfPath('saveWeights', path, WEIGHT_FORMATS)
    await getPlatform().writeFileAtomic(path, this.#bytes(format))
  }

  /**
   * What `save` and `saveWeights` would write, for downloads and for keeping in a browser. Default: "keras".
   * @throws SeparableError (`argument`) when the format is unknown
   */
  async toBlob(format: FileFormat = 'keras'): Promise<Blob> {
    return new Blob([this.#bytes(checkFormat('toBlob', format))])
  }

  /**
   * Takes the weights from a file of weights or of a whole model: any that `saveWeights` and `save` write, and those of
   * Keras 2 and 3. The layers must be the same, their names need not. Nothing is changed when something does not fit. The
   * optimizer of a compiled model goes on from the file's, where that holds values that fit it.
   * @param source a path (in Node), or the file itself
   * @throws SeparableError `io` when it cannot be read, `data` when it is damaged or does not fit
   */
  async loadWeights(source: FileSource): Promise<void> {
    const { bytes, what } = await openFile(source)
    const file = readWeightFile(bytes, what)
    assign(file.weightsOf(this))
    const state = file.optimizerState()
    if (this.#compiled && state.length > 0) restoreOptimizer(this.optimizer, this.trainableWeights, state)
  }

  /** The layers as Keras 3 describes them, without weights; `modelFromJSON` and Keras's `model_from_json` read it. */
  toJSON(): JsonObject {
    return networkToKeras(this)
  }

  #bytes(format: FileFormat): Uint8Array<ArrayBuffer> {
    const training = this.#training && { ...this.#training, optimizer: this.optimizer }
    return WRITERS[format]({ network: this, training })
  }

  /** Ends the engine and its workers. The model keeps its weights and starts another engine if it is used again. */
  async dispose(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await (await session)?.close()
  }

  get optimizer(): Compiled['optimizer'] {
    return this.#compiledFor('optimizer').optimizer
  }

  betterOf(name: string): 'lower' | 'higher' | undefined {
    if (name === 'loss') return 'lower'
    const heads = this.#compiled?.heads(this.outputs) ?? []
    if (heads.some(({ lossName }) => lossName === name)) return 'lower'
    const all = heads.flatMap(({ metrics, weightedMetrics }) => [...metrics, ...weightedMetrics])
    return all.find((each) => each.name === name)?.metric.better
  }

  override describe(): Summary {
    const summary = super.describe()
    const optimizer = this.#compiled?.optimizer
    if (!optimizer?.built) return summary
    return { ...summary, totals: { ...summary.totals, optimizer: optimizer.countParams() } }
  }

  /** Completes the wiring where it waits for the shape of the data. */
  protected ready(_x: Inputs): void {}

  #open(): Promise<Session> {
    this.#session ??= Session.open()
    return this.#session
  }

  async #step(purpose: 'train' | 'predict', format: Format): Promise<Step> {
    const trace = () =>
      purpose === 'train' ? trainGraph(this, this.#compiledFor(purpose), format) : predictGraph(this, format)
    return (await this.#open()).step(purpose, format, trace)
  }

  #compiledFor(owner: string): Compiled {
    if (this.#compiled) return this.#compiled
    throw new SeparableError('argument', `${owner}: ${this.name} must be compiled first, received: no compile()`)
  }

  #examples(owner: string, x: Inputs, y: Targets, weights: SampleWeights | null = null): Table {
    this.ready(x)
    const { outputs } = this
    const heads = this.#compiledFor(owner).heads(outputs)
    const table = inputTable(owner, this.inputs, x)
    const examples = { owner, outputs, heads, count: table.count }
    return table.beside(targetTable(examples, y)).beside(weightTable(examples, weights))
  }

  /** Keras: the last examples are kept, before any shuffling; validationData wins over validationSplit. */
  #split(x: Inputs, y: Targets, options: Resolved<typeof fitSchema>): { data: Table; validation: Table | null } {
    const { validationData, validationSplit, sampleWeight } = options
    const table = this.#examples('fit', x, y, sampleWeight)
    const data = this.#weighClasses(table, y, options)
    if (validationData) {
      const [x, y, weights = null] = validationData
      return { data, validation: this.#examples('fit: validationData', x, y, weights) }
    }
    if (validationSplit === 0) return { data, validation: null }
    const at = Math.floor(table.count * (1 - validationSplit))
    if (at === 0 || at === table.count)
      throw new SeparableError(
        'argument',
        `fit: validationSplit of ${table.count} examples leaves one side empty, ${received(validationSplit)}`,
      )
    return { data: data.slice(0, at), validation: table.slice(at, table.count) }
  }

  /** The table with a weight for every example as its class has it. */
  #weighClasses(table: Table, y: Targets, { classWeight, sampleWeight }: Resolved<typeof fitSchema>): Table {
    if (!classWeight) return table
    if (sampleWeight)
      throw new SeparableError('argument', 'fit: take either classWeight or sampleWeight, received: both')
    const { outputs } = this
    const heads = this.#compiledFor('fit').heads(outputs)
    return table.beside(classWeightTable({ owner: 'fit', outputs, heads, count: table.count }, classWeight, y))
  }
}

/** The end of an epoch with what callbacks have to log. */
function withMoreLogs(event: TrainEvent, callbacks: readonly Callback[], model: TrainedModel): TrainEvent {
  if (event.type !== 'epochEnd') return event
  return { ...event, logs: Object.assign({ ...event.logs }, ...callbacks.map(({ moreLogs }) => moreLogs?.(model))) }
}

/** The names of what `evaluate` returns, in Keras's order. */
function logNames(heads: readonly Head[]): string[] {
  const metricNames = ({ metrics, weightedMetrics }: Head) => [...metrics, ...weightedMetrics].map(({ name }) => name)
  return ['loss', ...heads.flatMap(({ lossName }) => lossName ?? []), ...heads.flatMap(metricNames)]
}

type Verbose = Pick<Resolved<typeof evaluateSchema>, 'verbose'>

function verbosity({ verbose }: Verbose): 0 | 1 | 2 {
  if (verbose !== 'auto') return verbose
  return currentScreen().interactive ? 1 : 2
}

function progressFor(options: Verbose): ProgressBar | undefined {
  const level = verbosity(options)
  return level === 0 ? undefined : new ProgressBar(currentScreen(), level === 1)
}

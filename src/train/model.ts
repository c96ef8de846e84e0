/** @file A network that can be trained: `compile`, `fit`, `evaluate`, `predict`. */
import type { Engine, KernelTime } from '../backends/engine.ts'
import { received, SeparableError } from '../base/errors.ts'
import { randomSeed } from '../nn/random-state.ts'
import { type Args, type Resolved, resolve } from '../nn/schema.ts'
import type { Summary } from '../report/summary.ts'
import type { Training } from '../saving/compile-config.ts'
import type { NdArray } from '../tensor/ndarray.ts'
import { checkCallbacks, type TrainedModel } from './callbacks/index.ts'
import { type CompileArgs, type Compiled, compileArgs } from './compile.ts'
import { History, type Logs } from './events.ts'
import { type Against, examplesTable, splitExamples } from './examples.ts'
import { trainingEvents } from './fit.ts'
import { type Format, predictGraph, trainGraph } from './graphs.ts'
import { evaluateSource, predictTable } from './inference.ts'
import { type MemoryUse, memoryUse } from './memory.ts'
import { warnOfOneClass } from './misfits.ts'
import {
  evaluateDatasetSchema,
  evaluateSchema,
  fitDatasetSchema,
  fitSchema,
  memorySchema,
  predictSchema,
  testOnBatchSchema,
  trainOnBatchSchema,
} from './options.ts'
import { logNames, progressFor, report, verbosity } from './reporting.ts'
import { Run } from './run.ts'
import { Session, type Step } from './session.ts'
import {
  type Dataset,
  type DatasetBatch,
  datasetSource,
  firstOf,
  formatOf,
  inEpochsOf,
  type Source,
  tableSource,
} from './source.ts'
import { StoredNetwork } from './stored-network.ts'
import { Batches, type Inputs, inputTable } from './table.ts'
import type { ClassWeights, SampleWeights, Targets } from './targets.ts'
import { Totals } from './totals.ts'
import { openTrainSteps, runTrainStep } from './train-step.ts'

export type FitArgs = Args<typeof fitSchema>
export type FitDatasetArgs = Args<typeof fitDatasetSchema>
export type EvaluateDatasetArgs = Args<typeof evaluateDatasetSchema>
export type EvaluateArgs = Args<typeof evaluateSchema>
export type PredictArgs = Args<typeof predictSchema>
export type MemoryArgs = Args<typeof memorySchema>

/** How a dataset is read. */
interface Reading {
  readonly classWeight?: ClassWeights | null
  readonly signal: AbortSignal | null
}

/** How much the examples of one batch count. */
interface BatchWeights {
  readonly sampleWeight?: SampleWeights
  readonly classWeight?: ClassWeights
}

/**
 * What `model()` and `sequential()` return. Pictures are [N,H,W,C], of bytes or f32 numbers; class numbers are [N] or [N,1].
 * Computing happens in an engine with workers of its own, which starts with the first fit, evaluate or predict and ends with
 * `dispose`. Keras: https://keras.io/api/models/model_training_apis/
 */
export abstract class Model extends StoredNetwork implements TrainedModel {
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
   * Defaults: batchSize 32, epochs 1, verbose "auto", callbacks [], validationSplit 0, validationData null (it wins over
   * validationSplit), validationBatchSize null (as batchSize), validationSteps null (all batches), validationFreq 1,
   * stepsPerEpoch null (a pass over the data; otherwise an epoch goes on where the last one ended), shuffle true,
   * classWeight null (classes that it leaves out weigh 1), sampleWeight null, initialEpoch 0, seed null (that of
   * `setRandomSeed`), signal null.
   * @throws SeparableError (`argument`, `shape`, `data`) naming what does not fit, or (`numeric`) naming the first layer
   *   whose output is not finite once the loss is not
   */
  async fit(x: Inputs, y: Targets, args: FitArgs = {}): Promise<History> {
    const options = resolve('fit', fitSchema, args)
    const { batchSize, validationBatchSize, validationSplit, shuffle, seed } = options
    const against = this.#against('fit', x)
    const split = validationSplit > 0 && !options.validationData
    const { train, validation } = split
      ? splitExamples(against, x, y, validationSplit, options)
      : { train: examplesTable(against, x, y, options), validation: undefined }
    warnOfOneClass(this, against.compiled.heads(this.outputs), train)
    const source = tableSource(this, train, batchSize, shuffle ? (seed ?? randomSeed()) : undefined)
    const kept = validation && tableSource(this, validation, validationBatchSize ?? batchSize)
    return this.#train(options, source, kept ?? this.#validation('fit', options, validationBatchSize ?? batchSize))
  }

  /**
   * Trains on batches as a dataset gives them: `[x, y]` or `[x, y, sampleWeight]`, in any sizes.
   * Defaults: as `fit`; stepsPerEpoch null (a pass over the dataset), validationBatchSize null (32).
   * TensorFlow.js: `fitDataset`.
   * @throws SeparableError as `fit`, and (`data`) when a pass has no batches
   */
  async fitDataset(dataset: Dataset, args: FitDatasetArgs = {}): Promise<History> {
    const options = resolve('fitDataset', fitDatasetSchema, args)
    const source = this.#dataset('fitDataset', dataset, options)
    return this.#train(options, source, this.#validation('fitDataset', options, options.validationBatchSize ?? 32))
  }

  async #train(options: Resolved<typeof fitDatasetSchema>, data: Source, kept: Source | null): Promise<History> {
    const { callbacks, epochs, stepsPerEpoch, validationSteps, signal } = options
    checkCallbacks('fit', callbacks)
    const compiled = this.#compiledFor('fit')
    const source = inEpochsOf(stepsPerEpoch, data, signal)
    const history = new History({ verbose: verbosity(options), epochs, steps: source.steps })
    this.stopTraining = false
    this.initialEpoch = options.initialEpoch
    const validation = kept && firstOf(validationSteps, kept)
    const run = new Run({ network: this, compiled, history, callbacks, source, validation })
    const training = { ...options, network: this, compiled, session: await this.#open(), source, validation, run }
    const audience = { model: this, history, progress: progressFor(options), callbacks, run, signal }
    await report(trainingEvents(training), audience).finally(() => source.close?.())
    return history
  }

  /**
   * The loss and the metrics, means over all examples: as a list, the loss first, or by name with `returnDict`.
   * Defaults: batchSize 32, verbose "auto", sampleWeight null, returnDict false, signal null.
   * @throws SeparableError as `fit`
   */
  async evaluate(x: Inputs, y: Targets, args: EvaluateArgs & { readonly returnDict: true }): Promise<Logs>
  async evaluate(x: Inputs, y: Targets, args?: EvaluateArgs & { readonly returnDict?: false }): Promise<number[]>
  async evaluate(x: Inputs, y: Targets, args: EvaluateArgs = {}): Promise<Logs | number[]> {
    const options = resolve('evaluate', evaluateSchema, args)
    const table = examplesTable(this.#against('evaluate', x), x, y, options)
    return this.#evaluate(options, tableSource(this, table, options.batchSize))
  }

  /**
   * As `evaluate`, on the batches of a dataset. Defaults: verbose "auto", steps null (all batches), returnDict false, signal
   * null.
   * TensorFlow.js: `evaluateDataset`.
   * @throws SeparableError as `fitDataset`
   */
  async evaluateDataset(dataset: Dataset, args: EvaluateDatasetArgs & { readonly returnDict: true }): Promise<Logs>
  async evaluateDataset(
    dataset: Dataset,
    args?: EvaluateDatasetArgs & { readonly returnDict?: false },
  ): Promise<number[]>
  async evaluateDataset(dataset: Dataset, args: EvaluateDatasetArgs = {}): Promise<Logs | number[]> {
    const options = resolve('evaluateDataset', evaluateDatasetSchema, args)
    return this.#evaluate(options, firstOf(options.steps, this.#dataset('evaluateDataset', dataset, options)))
  }

  async #evaluate(
    options: Pick<Resolved<typeof evaluateDatasetSchema>, 'verbose' | 'returnDict' | 'signal'>,
    source: Source,
  ) {
    const compiled = this.#compiledFor('evaluate')
    const progress = progressFor(options)
    progress?.begin(source.steps)
    const logs = await evaluateSource({
      network: this,
      compiled,
      session: await this.#open(),
      source,
      signal: options.signal,
      onStep: (step, means) => progress?.step(step, means),
    })
    progress?.end(logs)
    return options.returnDict ? logs : logNames(compiled.heads(this.outputs)).map((name) => logs[name])
  }

  /**
   * The output for every example, [N, ...]. Defaults: batchSize 32, signal null.
   * @throws SeparableError (`shape`) when the examples do not fit, (`unsupported`) when the model has several outputs:
   *   `predictAll` returns them
   */
  async predict(x: Inputs, args: PredictArgs = {}): Promise<NdArray<Float32Array<ArrayBuffer>>> {
    this.ready(x)
    if (this.outputs.length > 1)
      throw new SeparableError(
        'unsupported',
        `${this.name}: predict knows one output, take predictAll, ${received(this.outputs.length)}`,
      )
    const [output] = await this.predictAll(x, args)
    return output
  }

  /**
   * All outputs for every example, each [N, ...], in the order of the outputs. Defaults: batchSize 32, signal null.
   * @throws SeparableError (`shape`) when the examples do not fit
   */
  async predictAll(x: Inputs, args: PredictArgs = {}): Promise<NdArray<Float32Array<ArrayBuffer>>[]> {
    const options = resolve('predict', predictSchema, args)
    this.ready(x)
    const table = inputTable('predict', this.inputs, x)
    return predictTable(this, await this.#open(), table, options)
  }

  /** The output for these examples, as one batch. @throws SeparableError as `predict` */
  async predictOnBatch(x: Inputs): Promise<NdArray<Float32Array<ArrayBuffer>>> {
    this.ready(x)
    return this.predict(x, { batchSize: inputTable('predictOnBatch', this.inputs, x).count })
  }

  /**
   * One step of training on exactly these examples; returns the loss and the metrics from before the step, of these examples
   * alone. Defaults: sampleWeight null, classWeight null.
   * @throws SeparableError (`argument`, `shape`, `data`) naming what does not fit
   */
  async trainOnBatch(x: Inputs, y: Targets, args: BatchWeights = {}): Promise<Logs> {
    const weights = resolve('trainOnBatch', trainOnBatchSchema, args)
    const table = examplesTable(this.#against('trainOnBatch', x), x, y, weights)
    const compiled = this.#compiledFor('trainOnBatch')
    const format = formatOf(this, table, table.count)
    const steps = await openTrainSteps(await this.#open(), this, compiled, format)
    const totals = new Totals(compiled.heads(this.outputs))
    const { results, count } = await runTrainStep(steps, compiled.optimizer, new Batches(table, table.count).feed(0))
    totals.add(results, count)
    return totals.logs()
  }

  /** The loss and the metrics of exactly these examples. Default: sampleWeight null. @throws SeparableError as `evaluate` */
  async testOnBatch(x: Inputs, y: Targets, args: Pick<BatchWeights, 'sampleWeight'> = {}): Promise<Logs> {
    const weights = resolve('testOnBatch', testOnBatchSchema, args)
    const table = examplesTable(this.#against('testOnBatch', x), x, y, weights)
    return (await this.#evaluate(
      { verbose: 0, returnDict: true, signal: null },
      tableSource(this, table, table.count),
    )) as Logs
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
    const table = y ? examplesTable(this.#against('profile', x), x, y) : inputTable('profile', this.inputs, x)
    const format = formatOf(this, table, table.count)
    const step = await this.#step(y ? 'train' : 'predict', format)
    return step.profile(new Batches(table, table.count).feed(0))
  }

  /** The engine that this model computes with, ready; it starts if it has not yet. */
  async engine(): Promise<Engine> {
    const { engine } = await this.#open()
    await engine.ready()
    return engine
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

  protected override get compiledWith(): Training | undefined {
    return this.#training && { ...this.#training, optimizer: this.optimizer }
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

  /** What examples are checked against. The first ones complete a model that waits for their shape. */
  #against(owner: string, x: Inputs): Against {
    this.ready(x)
    return { owner, network: this, compiled: this.#compiledFor(owner) }
  }

  #dataset(owner: string, dataset: Dataset, { classWeight = null, signal }: Reading): Source {
    const tableOf = (...[x, y, sampleWeight]: DatasetBatch) =>
      examplesTable(this.#against(owner, x), x, y, { sampleWeight, classWeight })
    return datasetSource(owner, this, dataset, tableOf, signal)
  }

  #validation(owner: string, options: Resolved<typeof fitDatasetSchema>, batchSize: number): Source | null {
    const { validationData: data, signal } = options
    if (!data) return null
    const asked = `${owner}: validationData`
    if (!Array.isArray(data)) return this.#dataset(asked, data as Dataset, { signal })
    const [x, y, sampleWeight] = data as unknown as DatasetBatch
    return tableSource(this, examplesTable(this.#against(asked, x), x, y, { sampleWeight }), batchSize)
  }
}

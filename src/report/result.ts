/**
 * @file The outcome of `separable compare` and `separable train` as plain data: what their `--json` files hold, plus what
 * only the reports show. The command line fills it in; everything else in this folder reads it.
 */
import type { NdArray } from '../tensor/ndarray.ts'

/** The networks that can be compared: ordinary convolutions, or depthwise separable ones in every place. */
export const MODEL_NAMES = ['conv', 'separable'] as const
export type ModelName = (typeof MODEL_NAMES)[number]

/** What was trained with; a run that was interrupted has fewer epochs in its histories than `epochs`. */
export interface Run extends RunExtras {
  /** Name of the data set. */
  readonly data: string
  readonly trainImages: number
  readonly testImages: number
  /** Epochs asked for. */
  readonly epochs: number
  readonly batchSize: number
  readonly seed: number
  readonly threads: number
}

/** One comparison. */
export interface CompareResult extends Run {
  readonly models: Readonly<Partial<Record<ModelName, ModelResult>>>
}

/** One network on its own. */
export interface TrainResult extends Run {
  /** How the network is called. */
  readonly network: string
  readonly model: ModelResult
}

/** One network's part of a run. Measures that are missing are NaN. */
export interface ModelResult extends ModelExtras {
  readonly params: number
  /** Multiply-accumulates for one image, forward. */
  readonly macs: number
  /** Milliseconds of a training step, median. */
  readonly msPerStep: number
  /** Seconds of each epoch. */
  readonly epochSeconds: readonly number[]
  /** 10^9 floating point operations a second achieved in the training step. */
  readonly gflops: number
  /** `gflops` as a share (0 to 1) of this machine's measured peak. */
  readonly peakShare: number
  readonly history: CompareHistory
  /** Hexadecimal digest of the final weights. */
  readonly weightsSha256: string
}

/** What is recorded after each epoch. */
export const HISTORY_KEYS = ['loss', 'acc', 'val_loss', 'val_acc'] as const

/** One value per epoch; accuracies from 0 to 1. */
export type CompareHistory = Readonly<Record<(typeof HISTORY_KEYS)[number], readonly number[]>>

interface RunExtras {
  /** Training and test images of each class. */
  readonly counts?: { readonly train: readonly number[]; readonly test: readonly number[] }
  /** Whether the loss weighs classes against their numbers. */
  readonly weighsClasses?: boolean
  /** What the images were and which part of them was kept for tests: `evaluate` finds it there again. */
  readonly source?: RunSource
  /** One name per class; needed for samples and confusion matrices. */
  readonly classNames?: readonly string[]
  readonly samples?: Samples
  /** What else a reader needs to repeat the run: machine, versions, options. */
  readonly settings?: Readonly<Record<string, string>>
}

/** The options that decide which images a run has. */
export interface RunSource {
  /** The name of a data set, or the full path of a folder. */
  readonly data: string
  readonly dataDir?: string | undefined
  readonly limit?: number | undefined
  readonly validationSplit?: number | undefined
  readonly validationData?: string | undefined
  readonly seed: number
}

/** Test pictures, u8 [N,H,W,1] or [N,H,W,3], with their true classes. */
export interface Samples {
  readonly pictures: NdArray<Uint8Array>
  readonly labels: readonly number[]
}

interface ModelExtras {
  /** Processor seconds of the process while it trained, behind the first step, and the seconds that this took. */
  readonly processor?: ProcessorTime
  /** The epoch, counting from 1, whose weights were saved; undefined when it is the last, 0 when none was completed. */
  readonly savedEpoch?: number
  readonly layers?: readonly LayerCost[]
  /** The model's summary as text. */
  readonly summary?: string
  /** `confusion[true class][predicted class]` over the test images. */
  readonly confusion?: readonly (readonly number[])[]
  /** One for each of the samples. */
  readonly predictions?: readonly Prediction[]
}

/** How much of the processor a training got. */
export interface ProcessorTime {
  readonly processorSeconds: number
  /** What other programs of this machine took meanwhile. */
  readonly othersSeconds: number
  readonly wallSeconds: number
  /** Threads that could have computed at the same time: as many as were asked for, but no more than there are cores. */
  readonly threads: number
}

/** A network as charts and pages show it: with a title and a colour, an index into the palette. */
export interface ShownNetwork extends ModelResult {
  readonly title: string
  readonly color: number
}

/** What one layer of a network costs; `macs` are for one image. */
export interface LayerCost {
  readonly name: string
  readonly params: number
  readonly macs: number
}

/** The most likely class and its probability. */
export interface Prediction {
  readonly label: number
  readonly probability: number
}

/** The schema of `separable compare --json`; a number that is not finite becomes `null`. */
export function toJson(result: CompareResult) {
  const models = Object.fromEntries(modelsOf(result).map(([name, model]) => [name, modelJson(model)]))
  return { ...runJson(result), models }
}

/** The schema of `separable train --json`; a number that is not finite becomes `null`. */
export function trainJson(result: TrainResult) {
  const { network, model, classNames: classes } = result
  return {
    network,
    ...runJson(result),
    classes,
    ...modelJson(model),
    savedEpoch: model.savedEpoch,
    confusion: model.confusion,
    counts: result.counts,
    source: result.source,
  }
}

function runJson({ data, trainImages, testImages, epochs, batchSize, seed, threads }: Run) {
  return { data, trainImages, testImages, epochs, batchSize, seed, threads }
}

/** The networks that took part, the ordinary one first. */
export function modelsOf({ models }: CompareResult): [ModelName, ModelResult][] {
  return MODEL_NAMES.flatMap((name) => {
    const model = models[name]
    return model ? [[name, model]] : []
  })
}

function modelJson(model: ModelResult) {
  const history = Object.fromEntries(HISTORY_KEYS.map((key) => [key, model.history[key].map(finite)]))
  return {
    params: model.params,
    macs: model.macs,
    msPerStep: finite(model.msPerStep),
    epochSeconds: model.epochSeconds.map(finite),
    gflops: finite(model.gflops),
    peakShare: finite(model.peakShare),
    ...processorJson(model),
    history,
    weightsSha256: model.weightsSha256,
  }
}

function processorJson(model: ModelResult) {
  if (!model.processor) return {}
  const { threads: _, ...times } = model.processor
  return { ...times, processorShare: finite(processorShare(model)), disturbed: isDisturbed(model) }
}

/**
 * Where the process got less than this of what its threads could take, and others took so much of it, times say more of what
 * else ran than of the network. Small networks alone leave much of the processor idle.
 */
const DISTURBED = 0.5
const TAKEN_BY_OTHERS = 0.25
/** In less time, starting counts for too much. */
const LEAST_SECONDS = 2

/** The share of the processor time that its threads could take; NaN when it was not measured. */
export function processorShare({ processor }: Pick<ModelResult, 'processor'>): number {
  if (!processor || processor.wallSeconds === 0) return Number.NaN
  return processor.processorSeconds / (processor.wallSeconds * processor.threads)
}

export function isDisturbed(model: Pick<ModelResult, 'processor'>): boolean {
  if (!model.processor || model.processor.wallSeconds < LEAST_SECONDS) return false
  const { othersSeconds, wallSeconds, threads } = model.processor
  return processorShare(model) < DISTURBED && othersSeconds >= TAKEN_BY_OTHERS * wallSeconds * threads
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

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
  /** One name per class; needed for samples and confusion matrices. */
  readonly classNames?: readonly string[]
  readonly samples?: Samples
  /** What else a reader needs to repeat the run: machine, versions, options. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Test pictures, u8 [N,H,W,1] or [N,H,W,3], with their true classes. */
export interface Samples {
  readonly pictures: NdArray<Uint8Array>
  readonly labels: readonly number[]
}

interface ModelExtras {
  readonly layers?: readonly LayerCost[]
  /** The model's summary as text. */
  readonly summary?: string
  /** `confusion[true class][predicted class]` over the test images. */
  readonly confusion?: readonly (readonly number[])[]
  /** One for each of the samples. */
  readonly predictions?: readonly Prediction[]
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
  return { network, ...runJson(result), classes, ...modelJson(model), confusion: model.confusion }
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
    history,
    weightsSha256: model.weightsSha256,
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

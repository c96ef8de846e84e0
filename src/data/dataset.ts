/** @file What every dataset looks like, and the options all of them take. */
import { bool, int, opaque, text } from '../nn/schema.ts'
import type { NdArray } from '../tensor/ndarray.ts'
import type { DownloadOptions } from './download.ts'

/** Pictures x [N,H,W,C], u8 values 0..255, and their labels y [N], i32 indices into `classes`. */
export interface Split {
  readonly x: NdArray<Uint8Array>
  readonly y: NdArray<Int32Array>
}

export interface Dataset {
  readonly name: string
  readonly classes: readonly string[]
  readonly train: Split
  readonly test: Split
}

/** What is known of a dataset without loading it. */
export interface DatasetFacts {
  readonly name: string
  /** One line for people. */
  readonly title: string
  readonly classes: readonly string[]
  /** [H,W,C] */
  readonly imageShape: readonly [number, number, number]
  readonly trainImages: number
  readonly testImages: number
}

export interface DatasetOptions extends DownloadOptions {
  /** The folder that holds the datasets. Default: SEPARABLE_DATA, else the user's cache folder. */
  readonly dataDir?: string | undefined
  /** Whether what is missing may be downloaded. Default: only into the user's cache folder, not into a named one. */
  readonly download?: boolean | undefined
  /** Takes only the first N pictures for training and the first N for testing. Default: all. */
  readonly limit?: number | undefined
  /** What drawn pictures depend on; recorded ones do not. Default 0. */
  readonly seed?: number | undefined
}

const callable = (doc: string) =>
  opaque<(...args: never[]) => void>(doc, 'a function', (input) => typeof input === 'function')

/** For checks, what all functions that read pictures take. */
export const readingSchema = {
  limit: int('takes only the first N pictures for training and for testing', { min: 1 }),
  seed: int('decides what is random', { min: 0 }),
  signal: opaque<AbortSignal>(
    'ends the work when it aborts',
    'an AbortSignal',
    (input) => input instanceof AbortSignal,
  ),
  onProgress: callable('told how much is done'),
}

/** The options of a dataset, for checks. */
export const datasetSchema = {
  ...readingSchema,
  dataDir: text('the folder that holds the datasets'),
  download: bool('whether what is missing may be downloaded'),
  onWait: callable('told once when another process downloads the same'),
}

export function takeFirst({ x, y }: Split, limit: number | undefined): Split {
  const count = Math.min(limit ?? y.data.length, y.data.length)
  return { x: x.slice(0, count), y: y.slice(0, count) }
}

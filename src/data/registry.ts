/** @file All datasets by name: for the command line, and for whoever picks one at run time. */
import { received, SeparableError } from '../base/errors.ts'
import { suggest } from '../nn/names.ts'
import { checkArgs } from '../nn/schema.ts'
import { CIFAR10, cifar10 } from './cifar10.ts'
import { type Dataset, type DatasetFacts, type DatasetOptions, datasetSchema } from './dataset.ts'
import { FASHION_MNIST, fashionMnist, MNIST, mnist } from './mnist.ts'
import { SHAPES, shapes } from './shapes.ts'
import { dataFolder, downloadSource, findSource, requireSource, type Source } from './source.ts'

interface Entry {
  readonly facts: DatasetFacts
  /** Undefined for a dataset that is drawn. */
  readonly source?: Source
  readonly load: (options: DatasetOptions) => Promise<Dataset>
}

const DATASETS = {
  shapes: { facts: SHAPES, load: shapes },
  cifar10: { facts: CIFAR10, source: CIFAR10, load: cifar10 },
  mnist: { facts: MNIST, source: MNIST, load: mnist },
  'fashion-mnist': { facts: FASHION_MNIST, source: FASHION_MNIST, load: fashionMnist },
} as const satisfies Record<string, Entry>

export type DatasetName = keyof typeof DATASETS

export const DATASET_NAMES = Object.keys(DATASETS) as readonly DatasetName[]

/** What is known of a dataset, and where it is on this machine. */
export interface DatasetInfo extends DatasetFacts {
  /** Whether it is drawn by code and needs neither folder nor network. */
  readonly embedded: boolean
  /** The folder that holds all its files; undefined when embedded or not here. */
  readonly folder: string | undefined
  /** Bytes to download; 0 when embedded. */
  readonly downloadBytes: number
}

/**
 * Loads a dataset by name.
 *
 * @throws SeparableError `argument` when there is none of that name, else as the dataset's own function
 */
export async function loadDataset(name: DatasetName, options: DatasetOptions = {}): Promise<Dataset> {
  return entryOf(name).load(options)
}

/** @throws SeparableError `argument` when there is no dataset of that name */
export async function datasetInfo(name: DatasetName, options: DatasetOptions = {}): Promise<DatasetInfo> {
  checkArgs('datasetInfo', datasetSchema, options)
  const { facts, source } = entryOf(name)
  const { classes, title, imageShape, trainImages, testImages } = facts
  return {
    name,
    title,
    classes,
    imageShape,
    trainImages,
    testImages,
    embedded: source === undefined,
    folder: source && (await findSource(source, options)),
    downloadBytes: source ? [source.remote].flat().reduce((sum, { bytes }) => sum + bytes, 0) : 0,
  }
}

/**
 * The folder that holds the files of a dataset.
 *
 * @throws SeparableError `io` when they are not there, saying how to get them; `argument` when it has no files
 */
export async function datasetPath(name: DatasetName, options: DatasetOptions = {}): Promise<string> {
  checkArgs('datasetPath', datasetSchema, options)
  return requireSource(sourceOf(name), { ...options, download: false })
}

/**
 * Downloads what is missing of a dataset, and returns its folder.
 *
 * @throws SeparableError `io` when network or disk fail, `data` when a file is not the published one, `argument` when the
 * dataset has no files
 */
export async function downloadDataset(name: DatasetName, options: DatasetOptions = {}): Promise<string> {
  checkArgs('downloadDataset', datasetSchema, options)
  const source = sourceOf(name)
  return (await findSource(source, options)) ?? downloadSource(source, options)
}

/** The folder in which all datasets lie: `dataDir`, else SEPARABLE_DATA, else the user's cache folder. */
export function dataRoot(options: DatasetOptions = {}): string {
  checkArgs('dataRoot', datasetSchema, options)
  return dataFolder(options).path
}

function entryOf(name: string): Entry {
  if (typeof name === 'string' && Object.hasOwn(DATASETS, name)) return DATASETS[name as DatasetName]
  throw new SeparableError(
    'argument',
    `unknown dataset${typeof name === 'string' ? suggest(name, DATASET_NAMES) : ''} (known: ${DATASET_NAMES.join(', ')}), ${received(name)}`,
  )
}

function sourceOf(name: string): Source {
  const { source } = entryOf(name)
  if (source) return source
  throw new SeparableError('argument', `${name} is drawn by code and has no files, ${received(name)}`)
}

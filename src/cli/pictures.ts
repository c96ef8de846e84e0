/** @file The pictures that a command line asks for: a data set by name, or a folder of one's own. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Option } from 'commander'
import { printable, received, SeparableError } from '../base/errors.ts'
import {
  DATASET_NAMES,
  type Dataset,
  type DatasetName,
  type ImageFolderOptions,
  imageFolder,
  loadDataset,
  type SkippedFile,
} from '../data/index.ts'
import { suggest } from '../nn/names.ts'
import { downloadTalk } from './download-progress.ts'
import type { Terminal } from './terminal.ts'

const REDRAW_MS = 100
/** Files that were left out and are named; there may be thousands. */
const NAMED = 5

interface PictureOptions extends Pick<ImageFolderOptions, 'classNames' | 'colorMode' | 'imageSize' | 'limit' | 'seed'> {
  readonly dataDir?: string | undefined
  readonly validationSplit?: number
  readonly validationFolder?: string | undefined
  readonly signal?: AbortSignal
}

/** With the folder of the pictures that were kept for tests, where they have one of their own. */
export interface LoadedPictures extends Dataset {
  readonly validationFolder?: string | undefined
}

/** An option that takes the name of a data set or the path of a folder. */
export function dataOption(standard: string): Option {
  return new Option(
    '--data <data>',
    `${DATASET_NAMES.join(', ')}, or a folder with a sub-folder of pictures for each class (default: ${standard})`,
  ).argParser(parseData)
}

/** An option that takes a second folder of pictures. */
export function validationOption(): Option {
  return new Option(
    '--validation-data <folder>',
    'pictures that are kept for tests, in a folder like that of --data (default: its validation/ or test/, or a share)',
  ).argParser((folder) => {
    if (existsSync(folder)) return folder
    throw new SeparableError('argument', `--validation-data: there is no such folder, ${received(folder)}`)
  })
}

export function isDatasetName(data: string): data is DatasetName {
  return (DATASET_NAMES as readonly string[]).includes(data)
}

/** What means the same in every working folder: the name of a data set, or the full path of a folder. */
export function lastingName(data: string): string {
  return isDatasetName(data) ? data : resolve(data)
}

function parseData(data: string): string {
  if (isDatasetName(data) || existsSync(data)) return data
  const known = `${suggest(data, DATASET_NAMES)} (known: ${DATASET_NAMES.join(', ')})`
  throw new SeparableError('argument', `no folder and no data set of this name${known}, ${received(data)}`)
}

/**
 * Loads pictures under a line of progress, and warns of those that were left out.
 * @throws SeparableError as `loadDataset` and `imageFolder`
 */
export async function loadPictures(data: string, options: PictureOptions, terminal: Terminal): Promise<LoadedPictures> {
  if (isDatasetName(data) && options.validationFolder !== undefined)
    throw new SeparableError(
      'argument',
      `--validation-data goes with a folder of pictures in --data, not with ${data}, ${received(options.validationFolder)}`,
    )
  const { dataDir, limit, signal } = options
  if (isDatasetName(data)) return loadDataset(data, { dataDir, limit, signal, seed: 0, ...downloadTalk(terminal) })
  const { classNames, colorMode, imageSize, seed, validationSplit, validationFolder } = options
  const reading = { classNames, colorMode, imageSize, limit, seed, signal, validationSplit, validationFolder }
  const folder = await imageFolder(data, { ...reading, onProgress: readingProgress(terminal) })
  warnOfSkipped(folder.skipped, terminal)
  if (folder.validationFolder !== undefined) terminal.print(terminal.wrap(`For tests: ${folder.validationFolder}`))
  return folder
}

function readingProgress(terminal: Terminal): (done: number, total: number) => void {
  let drawn = Number.NEGATIVE_INFINITY
  return (done, total) => {
    if (!terminal.interactive || (done < total && performance.now() - drawn < REDRAW_MS)) return
    drawn = performance.now()
    terminal.draw(`reading pictures: ${done} of ${total}`)
    if (done === total) terminal.endDrawing()
  }
}

/** Names the first ones, and says how many there are. */
export function warnOfSkipped(skipped: readonly SkippedFile[], terminal: Terminal): void {
  for (const { path, reason } of skipped.slice(0, NAMED))
    terminal.warn(printable(reason.startsWith(path) ? reason : `${path}: ${reason}`))
  if (skipped.length > 0)
    terminal.warn(`${skipped.length} ${skipped.length === 1 ? 'file was' : 'files were'} left out`)
}

/** @file `separable evaluate`: how good a model from a file is on a data set. */
import { Command } from 'commander'
import { received, SeparableError } from '../base/errors.ts'
import type { Dataset, Split } from '../data/index.ts'
import { percent, thousands } from '../report/format.ts'
import { constantAnswer } from '../report/train.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { configure } from '../train/environment.ts'
import type { Model } from '../train/model.ts'
import { checkOutput, writeJson } from './files.ts'
import { MODEL_FILES, modelPath, readModel } from './model-file.ts'
import { classCount, divided, pictureInput } from './model-input.ts'
import { common, MANY, share, wholeNumber } from './options.ts'
import { dataOption, isDatasetName, type LoadedPictures, lastingName, loadPictures } from './pictures.ts'
import { type KeptSource, sourceOfRun } from './run-source.ts'
import type { Terminal } from './terminal.ts'

interface EvaluateOptions {
  readonly data?: string
  readonly seed?: number
  readonly all?: boolean
  readonly validationSplit?: number
  readonly dataDir?: string
  readonly limit?: number
  readonly divideBy: number
  readonly batchSize: number
  readonly threads?: number
  readonly json?: string
}

const EXAMPLES = `
Examples:
  $ separable evaluate runs/photos                  on the pictures that its training kept for tests
  $ separable evaluate net.keras --data cifar10
  $ separable evaluate net.keras --data photos
  $ separable evaluate mnist.keras --data mnist --divide-by 255 --limit 1000`

export function evaluateCommand(terminal: Terminal): Command {
  return new Command('evaluate')
    .description(
      'Reads a model from a file and measures its accuracy on the test images of a data set, or on the pictures of a folder.',
    )
    .argument('<file>', MODEL_FILES)
    .addOption(dataOption("what the model's run kept for tests, else shapes"))
    .addOption(common.dataDir())
    .addOption(wholeNumber('--limit <n>', 'use only n test images', { least: 1, most: MANY }))
    .addOption(
      share('--validation-split <share>', 'of a folder take only what "train" with this share and seed kept for tests'),
    )
    .addOption(
      wholeNumber('--seed <n>', 'the seed of that training (default: 0)', { least: 0, most: Number.MAX_SAFE_INTEGER }),
    )
    .option('--all', 'take all pictures of a folder, also those that the model was trained with')
    .addOption(common.divideBy())
    .addOption(wholeNumber('--batch-size <n>', 'images at a time', { least: 1, most: MANY, standard: 32 }))
    .addOption(common.threads())
    .addOption(common.json())
    .addHelpText('after', EXAMPLES)
    .action((file: string, options: EvaluateOptions) => evaluate(file, options, terminal))
}

async function evaluate(path: string, options: EvaluateOptions, terminal: Terminal): Promise<void> {
  const { divideBy, batchSize, json } = options
  await checkOutput(json, modelPath(path))
  configure({ threads: options.threads ?? null })
  const net = await readModel(path, { compile: false })
  try {
    const { x, y, name, part } = await testPictures(path, net, await choose(path, options), terminal)
    net.compile({ loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    const logs = await net.evaluate(divided(x, divideBy), y, { batchSize, returnDict: true })
    const images = y.data.length
    const counts = Array.from(
      { length: classCount(net, path) },
      (_, label) => y.data.filter((each) => each === label).length,
    )
    const constant = constantAnswer(counts, net.classNames)
    const headline = `${path} recognised ${percent(logs.accuracy, 2)} of ${thousands(images)} ${part}; ${constant}.`
    terminal.print(`\n${terminal.colors.bold(terminal.wrap(headline))}`)
    const constantAccuracy = Math.max(...counts) / images
    const numbers = { model: path, data: name, part, divideBy, images, ...logs, constantAccuracy }
    await writeJson(json, `${JSON.stringify(numbers, null, 2)}\n`, terminal)
  } finally {
    await net.dispose()
  }
}

/** Which images: those that the run kept for tests, where the model is one of a run and no others are named. */
interface Choice extends KeptSource {
  /** Whether all images of a folder are taken, those too that a network was trained with. */
  readonly all: boolean
  /** Whether these are the images of the model's own run. */
  readonly own: boolean
}

/** @throws SeparableError (`argument`) when a folder is to be split without saying how, or cannot be */
async function choose(path: string, options: EvaluateOptions): Promise<Choice> {
  const run = await sourceOfRun(path)
  const { data, dataDir, limit, seed, validationSplit, all = false } = options
  const given = { dataDir, limit, seed, validationSplit }
  const named = data && lastingName(data)
  if (run && (named === undefined || named === run.data)) {
    for (const [option, value, kept] of [
      ['--seed', seed, run.seed],
      ['--validation-split', validationSplit, run.validationSplit],
    ] as const)
      if (value !== undefined && kept !== undefined && value !== kept)
        throw new SeparableError(
          'argument',
          `${path}: its training kept pictures for tests by ${option} ${kept}; others would be some that it was trained with, ${received(value)}`,
        )
    return { ...run, ...definedOf(given), all, own: true }
  }
  return { ...given, data: data ?? 'shapes', seed: seed ?? 0, all: all || validationSplit === undefined, own: false }
}

function definedOf<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** A folder is brought to the model's size, and its sub-folders to the model's classes. With words for what was taken. */
async function testPictures(
  path: string,
  net: Model,
  choice: Choice,
  terminal: Terminal,
): Promise<Split & { readonly name: string; readonly part: string }> {
  const { data, dataDir, limit, seed, all, own } = choice
  const classes = classCount(net, path)
  const known = isDatasetName(data)
  const { validationData: validationFolder, validationSplit = 0 } = choice
  const share = all ? 0 : validationSplit
  const format = { ...pictureInput(net, path), classNames: net.classNames, validationSplit: share }
  const folder = known ? {} : { ...format, validationFolder: all ? undefined : validationFolder }
  const loaded = await loadPictures(data, { dataDir, limit, seed, ...folder }, terminal)
  if (own && !known && !all) warnOfChanges(choice, loaded, terminal)
  const split = known || (!all && loaded.test.y.data.length > 0) ? loaded.test : joined(loaded)
  if (own && !all && !known && loaded.test.y.data.length === 0)
    throw new SeparableError(
      'data',
      `${path}: its run kept no pictures for tests: name others with --data, or take --all, ${received(data)}`,
    )
  if (split.y.data.some((label) => label >= classes))
    throw new SeparableError(
      'argument',
      `${path} tells ${classes} classes apart, fewer than ${loaded.name} has, ${received(classes)}`,
    )
  return { ...split, name: loaded.name, part: partOf(choice, loaded) }
}

/** Which pictures are kept for tests depends on all that are there. */
function warnOfChanges({ trainImages, testImages, limit }: Choice, { train, test }: Dataset, terminal: Terminal): void {
  const [was, is] = [`${trainImages} + ${testImages}`, `${train.y.data.length} + ${test.y.data.length}`]
  if (trainImages !== undefined && limit === undefined && was !== is)
    terminal.warn(
      `the folder has changed since the training (${was} pictures then, ${is} now): some of these may be among those that it was trained with`,
    )
}

/** `images of flowers that its training kept for tests (20 % of each class, seed 0)` */
function partOf({ data, seed, all, own, validationSplit }: Choice, loaded: LoadedPictures): string {
  const images = `images of ${loaded.name}`
  if (isDatasetName(data)) return `test ${images}`
  const how = loaded.validationFolder ?? `${percent(validationSplit ?? 0, 0)} of each class, seed ${seed}`
  if (!all) return `${images} that ${own ? 'its training' : 'a training'} kept for tests (${how})`
  return own ? `${images}, those that it was trained with included` : `${images} (all)`
}

/** The pictures of both parts. */
function joined({ train, test }: Dataset): Split {
  if (test.y.data.length === 0) return train
  const [, ...shape] = train.x.shape
  const labels = Int32Array.from([...train.y.data, ...test.y.data])
  const pixels = new Uint8Array(train.x.data.length + test.x.data.length)
  pixels.set(train.x.data)
  pixels.set(test.x.data, train.x.data.length)
  return { x: new NdArray(pixels, [labels.length, ...shape]), y: new NdArray(labels, [labels.length]) }
}

/** @file `separable predict`: what a model from a file takes pictures for. */
import { statSync } from 'node:fs'
import { Command } from 'commander'
import { printable, received, SeparableError, shortened } from '../base/errors.ts'
import { picturesBelow } from '../data/folder-files.ts'
import { loadImage, type SkippedFile } from '../data/index.ts'
import { percent } from '../report/format.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { configure } from '../train/environment.ts'
import type { Model } from '../train/model.ts'
import { checkOutput, writeJson } from './files.ts'
import { MODEL_FILES, modelPath, readModel } from './model-file.ts'
import { classCount, divided, pictureInput } from './model-input.ts'
import { common, MANY, pictureShape, wholeNumber } from './options.ts'
import { warnOfSkipped } from './pictures.ts'
import type { Terminal } from './terminal.ts'

interface PredictOptions {
  readonly topK: number
  readonly classes?: readonly string[]
  readonly divideBy: number
  readonly inputShape?: readonly number[]
  readonly threads?: number
  readonly json?: string
}

/** A class and its probability. */
interface Guess {
  readonly class: string
  readonly probability: number
}

interface Prediction {
  readonly file: string
  /** The most likely classes first. */
  readonly guesses: readonly Guess[]
}

const DESCRIPTION =
  'Shows pictures (JPEG, PNG, GIF, WebP) to a model and prints the most likely classes. Pictures are stretched to the size ' +
  'that the model takes. Models that "separable train" saved know the names of their classes.'

const EXAMPLES = `
Examples:
  $ separable predict runs/flowers/model.keras rose.jpg
  $ separable predict runs/flowers photos/new        all pictures of a folder
  $ separable predict net.onnx *.png --classes cat,dog --top-k 1 --json predictions.json`

/** Pictures in memory at a time. */
const BATCH = 32

export function predictCommand(terminal: Terminal): Command {
  return new Command('predict')
    .description(DESCRIPTION)
    .argument('<file>', MODEL_FILES)
    .argument('<image...>', 'pictures, or folders of pictures')
    .addOption(wholeNumber('--top-k <n>', 'classes to print for each picture', { least: 1, most: MANY, standard: 3 }))
    .option('--classes <names>', 'names of the classes in their order, separated by commas', (text) => text.split(','))
    .addOption(common.divideBy())
    .addOption(pictureShape('--input-shape <shape>', 'height, width and channels, where the file leaves them open'))
    .addOption(common.threads())
    .addOption(common.json())
    .addHelpText('after', EXAMPLES)
    .action((file: string, images: string[], options: PredictOptions) => predict(file, images, options, terminal))
}

async function predict(
  path: string,
  named: readonly string[],
  options: PredictOptions,
  terminal: Terminal,
): Promise<void> {
  const images = await expanded(named, terminal)
  const { json, inputShape } = options
  await checkOutput(json, modelPath(path), ...images)
  configure({ threads: options.threads ?? null })
  const net = await readModel(path, { compile: false, ...(inputShape ? { inputShape } : {}) })
  try {
    const names = classNames(net, path, options)
    const predictions: Prediction[] = []
    for (let begin = 0; begin < images.length; begin += BATCH) {
      const batch = await predictBatch(net, path, images.slice(begin, begin + BATCH), names, options, terminal)
      for (const prediction of batch) terminal.print(terminal.wrap(lineOf(prediction)))
      predictions.push(...batch)
    }
    await writeJson(json, `${JSON.stringify({ model: path, predictions }, null, 2)}\n`, terminal)
    const missing = images.length - predictions.length
    if (missing > 0)
      throw new SeparableError(
        'data',
        `${missing} of ${images.length} pictures could not be read, ${received(missing)}`,
      )
  } finally {
    await net.dispose()
  }
}

/** Folders stand for the pictures in them and below. */
async function expanded(named: readonly string[], terminal: Terminal): Promise<string[]> {
  const images: string[] = []
  for (const path of named) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      images.push(path)
      continue
    }
    const skipped: SkippedFile[] = []
    const folder = path.length > 1 ? path.replace(/[/\\]+$/, '') : path
    const found = await picturesBelow(folder, skipped)
    warnOfSkipped(skipped, terminal)
    if (found.length === 0)
      throw new SeparableError('data', `${path} holds no pictures that can be read, ${received(found.length)}`)
    images.push(...found)
  }
  return images
}

/** From the command line, else from the model, else numbers. */
function classNames(net: Model, path: string, { classes }: PredictOptions): readonly string[] {
  const count = classCount(net, path)
  if (classes && classes.length !== count)
    throw new SeparableError(
      'argument',
      `--classes must name the ${count} classes of ${path}, ${received(classes.length)}`,
    )
  const names = classes ?? net.classNames
  return Array.from({ length: count }, (_, label) => names?.[label] ?? `class ${label}`)
}

/** Pictures that cannot be read are warned of and left out. */
async function predictBatch(
  net: Model,
  path: string,
  files: readonly string[],
  names: readonly string[],
  { divideBy, topK }: PredictOptions,
  terminal: Terminal,
): Promise<Prediction[]> {
  const format = pictureInput(net, path)
  const read: { readonly file: string; readonly picture: NdArray<Uint8Array> }[] = []
  for (const file of files)
    try {
      read.push({ file, picture: await loadImage(file, format) })
    } catch (error) {
      if (!(error instanceof SeparableError) || (error.code !== 'data' && error.code !== 'io')) throw error
      terminal.warn(printable(error.message))
    }
  if (read.length === 0) return []
  const size = read[0].picture.data.length
  const pixels = new Uint8Array(read.length * size)
  read.forEach(({ picture }, i) => {
    pixels.set(picture.data, i * size)
  })
  const x = new NdArray(pixels, [read.length, ...read[0].picture.shape])
  const { data } = await net.predict(divided(x, divideBy), { batchSize: read.length })
  return read.map(({ file }, i) => {
    const scores = probabilities(data.subarray(i * names.length, (i + 1) * names.length))
    return { file, guesses: mostLikely(scores, names, topK) }
  })
}

function mostLikely(scores: readonly number[], names: readonly string[], topK: number): Guess[] {
  return scores
    .map((probability, label) => ({ class: names[label], probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, topK)
}

/** How far a sum of f32 probabilities may be from 1. */
const TOLERANCE = 1e-3

/** What comes out of a softmax already, or the softmax of what does not. */
function probabilities(outputs: Float32Array): number[] {
  const sum = outputs.reduce((total, value) => total + value, 0)
  if (outputs.every((value) => value >= 0) && Math.abs(sum - 1) < TOLERANCE) return Array.from(outputs)
  const highest = Math.max(...outputs)
  const powers = Array.from(outputs, (value) => Math.exp(value - highest))
  const total = powers.reduce((all, value) => all + value, 0)
  return powers.map((value) => value / total)
}

/** `rose.jpg: rose 93.1 %, tulip 4.2 %, daisy 1.0 %` */
/** Names of classes are cut to so many characters. */
const LONGEST_NAME = 100

function lineOf({ file, guesses }: Prediction): string {
  return printable(
    `${file}: ${guesses.map((guess) => `${shortened(guess.class, LONGEST_NAME)} ${percent(guess.probability)}`).join(', ')}`,
  )
}

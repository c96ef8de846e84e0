/** @file `separable evaluate`: how good a model from a file is on a data set. */
import { Command } from 'commander'
import { received, SeparableError } from '../base/errors.ts'
import type { Dataset, Split } from '../data/index.ts'
import { percent, thousands } from '../report/format.ts'
import { configure } from '../train/environment.ts'
import type { Model } from '../train/model.ts'
import { checkOutput, writeJson } from './files.ts'
import { MODEL_FILES, modelPath, readModel } from './model-file.ts'
import { classCount, divided, pictureInput } from './model-input.ts'
import { common, MANY, share, wholeNumber } from './options.ts'
import { dataOption, isDatasetName, loadPictures } from './pictures.ts'
import type { Terminal } from './terminal.ts'

interface EvaluateOptions {
  readonly data: string
  readonly seed: number
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
  $ separable evaluate net.keras --data cifar10
  $ separable evaluate net.keras --data photos
  $ separable evaluate mnist.keras --data mnist --divide-by 255 --limit 1000`

export function evaluateCommand(terminal: Terminal): Command {
  return new Command('evaluate')
    .description(
      'Reads a model from a file and measures its accuracy on the test images of a data set, or on the pictures of a folder.',
    )
    .argument('<file>', MODEL_FILES)
    .addOption(dataOption('shapes'))
    .addOption(common.dataDir())
    .addOption(wholeNumber('--limit <n>', 'use only n test images', { least: 1, most: MANY }))
    .addOption(
      share('--validation-split <share>', 'of a folder take only what "train" with this share and seed kept for tests'),
    )
    .addOption(
      wholeNumber('--seed <n>', 'the seed of that training', { least: 0, most: Number.MAX_SAFE_INTEGER, standard: 0 }),
    )
    .addOption(common.divideBy())
    .addOption(wholeNumber('--batch-size <n>', 'images at a time', { least: 1, most: MANY, standard: 32 }))
    .addOption(common.threads())
    .addOption(common.json())
    .addHelpText('after', EXAMPLES)
    .action((file: string, { data = 'shapes', ...options }: EvaluateOptions) =>
      evaluate(file, { ...options, data }, terminal),
    )
}

async function evaluate(path: string, options: EvaluateOptions, terminal: Terminal): Promise<void> {
  const { divideBy, batchSize, json } = options
  await checkOutput(json, modelPath(path))
  configure({ threads: options.threads ?? null })
  const net = await readModel(path, { compile: false })
  try {
    const { x, y, name } = await testPictures(path, net, options, terminal)
    net.compile({ loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    const logs = await net.evaluate(divided(x, divideBy), y, { batchSize, returnDict: true })
    const images = y.data.length
    const chance = percent(1 / classCount(net, path), 0)
    const headline = `${path} recognised ${percent(logs.accuracy, 2)} of ${thousands(images)} images of ${name}; guessing would get ${chance}.`
    terminal.print(`\n${terminal.colors.bold(terminal.wrap(headline))}`)
    await writeJson(
      json,
      `${JSON.stringify({ model: path, data: name, divideBy, images, ...logs }, null, 2)}\n`,
      terminal,
    )
  } finally {
    await net.dispose()
  }
}

/** A folder is brought to the model's size, and its sub-folders to the model's classes. With the name of the data. */
async function testPictures(
  path: string,
  net: Model,
  options: EvaluateOptions,
  terminal: Terminal,
): Promise<Split & Pick<Dataset, 'name'>> {
  const { data, dataDir, limit, seed, validationSplit = 0 } = options
  const classes = classCount(net, path)
  const format = isDatasetName(data) ? {} : { ...pictureInput(net, path), classNames: net.classNames, validationSplit }
  const { train, test, name } = await loadPictures(data, { dataDir, limit, seed, ...format }, terminal)
  const split = isDatasetName(data) || validationSplit > 0 ? test : train
  if (split.y.data.some((label) => label >= classes))
    throw new SeparableError(
      'argument',
      `${path} tells ${classes} classes apart, fewer than ${name} has, ${received(classes)}`,
    )
  return { ...split, name }
}

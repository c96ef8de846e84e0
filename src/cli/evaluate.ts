/** @file `separable evaluate`: how good a model from a file is on a data set. */
import { Command } from 'commander'
import { received, SeparableError } from '../base/errors.ts'
import { DATASET_NAMES, type DatasetName, loadDataset } from '../data/index.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { configure } from '../train/environment.ts'
import type { Logs } from '../train/events.ts'
import { downloadProgress } from './download-progress.ts'
import { checkWritable, writeText } from './files.ts'
import { MODEL_FILES, readModel } from './model-file.ts'
import { choice, common, wholeNumber } from './options.ts'
import type { Terminal } from './terminal.ts'

interface EvaluateOptions {
  readonly data: DatasetName
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
  $ separable evaluate mnist.keras --data mnist --divide-by 255 --limit 1000`

export function evaluateCommand(terminal: Terminal): Command {
  return new Command('evaluate')
    .summary('measure a model on test images')
    .description('Reads a model from a file and measures its accuracy on the test images of a data set.')
    .argument('<file>', MODEL_FILES)
    .addOption(choice('--data <name>', 'data set', DATASET_NAMES, 'shapes'))
    .addOption(common.dataDir())
    .addOption(wholeNumber('--limit <n>', 'use only the first n test images', { least: 1 }))
    .addOption(
      wholeNumber('--divide-by <n>', 'what pixels of 0 to 255 are divided by before the model sees them', {
        least: 1,
        standard: 1,
      }),
    )
    .addOption(wholeNumber('--batch-size <n>', 'images at a time', { least: 1, standard: 32 }))
    .addOption(common.threads())
    .addOption(common.json())
    .addHelpText('after', EXAMPLES)
    .action((file: string, options: EvaluateOptions) => evaluate(file, options, terminal))
}

async function evaluate(path: string, options: EvaluateOptions, terminal: Terminal): Promise<void> {
  const { data, divideBy, batchSize, json } = options
  if (json) await checkWritable(json)
  configure({ threads: options.threads ?? null })
  const net = await readModel(path, { compile: false })
  try {
    const { test } = await loadDataset(data, { ...options, seed: 0, onProgress: downloadProgress(terminal) })
    const classes = net.outputs[0].shape.at(-1)
    if (test.y.data.some((label) => label >= Number(classes)))
      throw new SeparableError(
        'argument',
        `${path} tells ${classes} classes apart, fewer than ${data} has, ${received(classes)}`,
      )
    net.compile({ loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    const logs = await net.evaluate(divided(test.x, divideBy), test.y, { batchSize, returnDict: true })
    if (json) await writeText(json, `${JSON.stringify(resultJson(path, options, test.x.shape[0], logs), null, 2)}\n`)
  } finally {
    await net.dispose()
  }
}

/** Bytes stay bytes when nothing is to be done. */
function divided(x: NdArray, by: number): NdArray {
  return by === 1
    ? x
    : new NdArray(
        Float32Array.from(x.data, (value) => value / by),
        x.shape,
      )
}

function resultJson(model: string, { data, divideBy }: EvaluateOptions, images: number, logs: Logs) {
  return { model, data, divideBy, images, ...logs }
}

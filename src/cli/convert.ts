/** @file `separable convert`: from one kind of model file to another. */
import { Command } from 'commander'
import { nodePlatform } from '../node-platform.ts'
import { memorySize } from '../report/format.ts'
import { foldBatchNorm } from '../transform/fold-batch-norm.ts'
import { checkOutput, makeFolderOf } from './files.ts'
import { MODEL_FILES, modelPath, readModel, writerFor } from './model-file.ts'
import { pictureShape } from './options.ts'
import type { Terminal } from './terminal.ts'

interface ConvertOptions {
  readonly inputShape?: readonly number[]
  readonly foldBatchNorm?: boolean
}

const EXAMPLES = `
Examples:
  $ separable convert old.h5 new.keras
  $ separable convert net.keras net.onnx
  $ separable convert net.keras net.safetensors     the weights alone
  $ separable convert net.keras slim.keras --fold-batch-norm`

const DESCRIPTION =
  'Reads a model from a .keras, .h5 or .onnx file and writes it as .keras, .h5 or .onnx, or its weights alone as .weights.h5, ' +
  '.safetensors or .npz. What the new file cannot hold, or this library does not know, is named.'

export function convertCommand(terminal: Terminal): Command {
  return new Command('convert')
    .description(DESCRIPTION)
    .argument('<in>', MODEL_FILES)
    .argument('<out>', 'the file to write; its ending says what it becomes')
    .addOption(pictureShape('--input-shape <shape>', 'height, width and channels, where the file leaves them open'))
    .option(
      '--fold-batch-norm',
      'make batch normalisations part of the layers before them; what is left cannot be trained as before',
    )
    .addHelpText('after', EXAMPLES)
    .action((from: string, to: string, options: ConvertOptions) => convert(from, to, options, terminal))
}

async function convert(from: string, to: string, options: ConvertOptions, terminal: Terminal): Promise<void> {
  const { inputShape, foldBatchNorm: folds = false } = options
  const write = writerFor('convert', to)
  await checkOutput(to, modelPath(from))
  const net = await readModel(from, { compile: !folds, ...(inputShape ? { inputShape } : {}) })
  await makeFolderOf(to)
  await write(folds ? foldBatchNorm(net) : net)
  terminal.print(`${to}: ${memorySize((await nodePlatform.fileSize(to)) ?? 0)}`)
}

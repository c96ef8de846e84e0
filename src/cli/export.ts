/** @file `separable export`: a model file as one for the runtimes of others. */
import { Command } from 'commander'
import { nodePlatform } from '../node-platform.ts'
import { memorySize } from '../report/format.ts'
import { checkWritable } from './files.ts'
import { MODEL_FILES, readModel } from './model-file.ts'
import { choice } from './options.ts'
import type { Terminal } from './terminal.ts'

interface ExportOptions {
  readonly to: 'onnx'
  readonly out: string
  readonly foldBatchNorm?: boolean
  readonly channelsFirst?: boolean
}

const EXAMPLES = `
Examples:
  $ separable export net.keras --out net.onnx
  $ separable export net.keras --to onnx --fold-batch-norm --out net.onnx`

export function exportCommand(terminal: Terminal): Command {
  return new Command('export')
    .summary('write a model for other runtimes')
    .description(
      'Reads a model file and writes what predicts the same in ONNX Runtime and wherever else ONNX is read (opset 17).',
    )
    .argument('<model>', MODEL_FILES)
    .addOption(choice('--to <format>', 'format', ['onnx'], 'onnx'))
    .requiredOption('--out <file>', 'the file to write')
    .option('--fold-batch-norm', 'make batch normalisations part of the layers before them')
    .option('--channels-first', 'take and return pictures as [N,C,H,W] instead of [N,H,W,C]')
    .addHelpText('after', EXAMPLES)
    .action((model: string, options: ExportOptions) => exportModel(model, options, terminal))
}

async function exportModel(path: string, options: ExportOptions, terminal: Terminal): Promise<void> {
  const { out, foldBatchNorm = false, channelsFirst = false } = options
  await checkWritable(out)
  const { exportOnnx } = await import('../onnx/index.ts')
  const net = await readModel(path, { compile: false })
  const file = exportOnnx(net, { foldBatchNorm, layout: channelsFirst ? 'channelsFirst' : 'channelsLast' })
  await nodePlatform.writeFileAtomic(out, file)
  terminal.print(`${out}: ${memorySize(file.length)}`)
}

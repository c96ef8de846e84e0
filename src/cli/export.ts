/** @file `separable export`: a model file as one for the runtimes of others. */
import { Command } from 'commander'
import { received, SeparableError } from '../base/errors.ts'
import { exportJs, htmlPage } from '../js/index.ts'
import { nodePlatform } from '../node-platform.ts'
import { memorySize } from '../report/format.ts'
import type { Model } from '../train/model.ts'
import { checkWritable } from './files.ts'
import { MODEL_FILES, readModel } from './model-file.ts'
import { choice, wholeNumber } from './options.ts'
import type { Terminal } from './terminal.ts'

interface ExportOptions {
  readonly to: 'onnx' | 'js' | 'html'
  readonly out: string
  readonly foldBatchNorm?: boolean
  readonly channelsFirst?: boolean
  readonly classes?: readonly string[]
  readonly divideBy?: number
  readonly page?: string
}

const EXAMPLES = `
Examples:
  $ separable export net.keras --out net.onnx
  $ separable export net.keras --to onnx --fold-batch-norm --out net.onnx
  $ separable export net.keras --to js --out net.js
  $ separable export net.keras --to html --classes cat,dog --out net.html`

const DESCRIPTION =
  'Reads a model file and writes what predicts the same without this library: an ONNX file (opset 17), an ES module that ' +
  'imports nothing and works in browsers and Node, or a page with that module inside that works when it is opened as a file.'

/** Which options belong to which formats, besides --out. */
const OPTIONS_OF = {
  onnx: ['foldBatchNorm', 'channelsFirst'],
  js: ['classes', 'divideBy'],
  html: ['classes', 'divideBy', 'page'],
} as const

export function exportCommand(terminal: Terminal): Command {
  return new Command('export')
    .summary('write a model for those without this library')
    .description(DESCRIPTION)
    .argument('<model>', MODEL_FILES)
    .addOption(choice('--to <format>', 'format', ['onnx', 'js', 'html'], 'onnx'))
    .requiredOption('--out <file>', 'the file to write')
    .option(
      '--fold-batch-norm',
      'onnx: make batch normalisations part of the layers before them (js and html always do)',
    )
    .option('--channels-first', 'onnx: take and return pictures as [N,C,H,W] instead of [N,H,W,C]')
    .option('--classes <names>', 'js, html: names of the classes, separated by commas', (names) => names.split(','))
    .addOption(
      wholeNumber('--divide-by <n>', 'js, html: what pixels of 0 to 255 are divided by before the model sees them', {
        least: 1,
      }),
    )
    .option('--page <file>', "html: a page of your own with a line import { info, predict } from './model.js'")
    .addHelpText('after', EXAMPLES)
    .action((model: string, options: ExportOptions) => exportModel(model, options, terminal))
}

async function exportModel(path: string, options: ExportOptions, terminal: Terminal): Promise<void> {
  const { to, out } = options
  checkOptions(options)
  await checkWritable(out)
  const write = to === 'onnx' ? writeOnnx : writeJs
  await write(await readModel(path, { compile: false }), options, terminal)
}

/** @throws SeparableError (`argument`) when an option is given that the format has not */
function checkOptions({ to, out: _, ...options }: ExportOptions): void {
  const own: readonly string[] = OPTIONS_OF[to]
  const odd = Object.keys(options).find((name) => !own.includes(name))
  if (odd) throw new SeparableError('argument', `export --to ${to} has no such option, ${received(odd)}`)
}

async function writeOnnx(net: Model, options: ExportOptions, terminal: Terminal): Promise<void> {
  const { out, foldBatchNorm = false, channelsFirst = false } = options
  const { exportOnnx } = await import('../onnx/index.ts')
  const file = exportOnnx(net, { foldBatchNorm, layout: channelsFirst ? 'channelsFirst' : 'channelsLast' })
  await nodePlatform.writeFileAtomic(out, file)
  terminal.print(`${out}: ${memorySize(file.length)}`)
}

async function writeJs(net: Model, options: ExportOptions, terminal: Terminal): Promise<void> {
  const { to, out, classes = null, divideBy = 1, page } = options
  const html = page && new TextDecoder().decode(await nodePlatform.readFile(page))
  try {
    const module = await exportJs(net, { classes, divideBy })
    const file = new TextEncoder().encode(to === 'html' ? htmlPage(module, html) : module.text)
    await nodePlatform.writeFileAtomic(out, file)
    const { code, kernels, weights } = module.sizes
    const parts = `code ${memorySize(code)}, kernels ${memorySize(kernels)}, weights ${memorySize(weights)}`
    terminal.print(`${out}: ${memorySize(file.length)} (${parts})`)
  } finally {
    await net.dispose()
  }
}

/** @file `separable export`: a model file as one for others: Keras, the runtimes of ONNX, or nobody but a browser. */
import { Command } from 'commander'
import { received, SeparableError } from '../base/errors.ts'
import { exportJs, htmlPage } from '../js/index.ts'
import { nodePlatform } from '../node-platform.ts'
import { memorySize } from '../report/format.ts'
import type { Model } from '../train/model.ts'
import { foldBatchNorm } from '../transform/fold-batch-norm.ts'
import { checkOutput, makeFolderOf } from './files.ts'
import { MODEL_FILES, modelPath, readModel, writerFor } from './model-file.ts'
import { choice, MANY, wholeNumber } from './options.ts'
import type { Terminal } from './terminal.ts'

/** Endings by which --out says the format when --to does not. */
const ENDINGS = {
  keras: '.keras',
  h5: '.h5',
  safetensors: '.safetensors',
  onnx: '.onnx',
  js: '.js',
  html: '.html',
} as const

type Format = keyof typeof ENDINGS
const FORMATS = Object.keys(ENDINGS) as Format[]

interface ExportOptions {
  readonly to?: Format
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
  $ separable export net.keras --fold-batch-norm --out net.onnx
  $ separable export net.onnx --to keras --out net.keras
  $ separable export net.keras --to js --out net.js
  $ separable export net.keras --to html --classes cat,dog --out net.html`

const DESCRIPTION =
  'Reads a model file and writes what others read: a model for Keras (keras, h5), its weights alone (safetensors), an ONNX ' +
  'file (opset 17), an ES module that imports nothing and works in browsers and Node (js), or a page with that module inside ' +
  'that works when it is opened as a file (html).'

/** Which options belong to which formats, besides --out. */
const OPTIONS_OF = {
  keras: ['foldBatchNorm'],
  h5: ['foldBatchNorm'],
  safetensors: ['foldBatchNorm'],
  onnx: ['foldBatchNorm', 'channelsFirst'],
  js: ['classes', 'divideBy'],
  html: ['classes', 'divideBy', 'page'],
} as const

export function exportCommand(terminal: Terminal): Command {
  return new Command('export')
    .description(DESCRIPTION)
    .argument('<model>', MODEL_FILES)
    .addOption(choice('--to <format>', 'format', FORMATS))
    .requiredOption('--out <file>', 'the file to write; its ending says the format when --to does not')
    .option('--fold-batch-norm', 'make batch normalisations part of the layers before them (js and html always do)')
    .option('--channels-first', 'onnx: take and return pictures as [N,C,H,W] instead of [N,H,W,C]')
    .option('--classes <names>', 'js, html: names of the classes, separated by commas', (names) => names.split(','))
    .addOption(
      wholeNumber('--divide-by <n>', 'js, html: what pixels of 0 to 255 are divided by before the model sees them', {
        least: 1,
        most: MANY,
      }),
    )
    .option('--page <file>', "html: a page of your own with a line import { info, predict } from './model.js'")
    .addHelpText('after', EXAMPLES)
    .action((model: string, options: ExportOptions) => exportModel(model, options, terminal))
}

async function exportModel(path: string, options: ExportOptions, terminal: Terminal): Promise<void> {
  const { out } = options
  const to = options.to ?? formatOf(out)
  checkOptions(to, options)
  const write = writerTo(to, out)
  await checkOutput(out, modelPath(path), ...(options.page ? [options.page] : []))
  const keepsTraining = (to === 'keras' || to === 'h5') && !options.foldBatchNorm
  const net = await readModel(path, { compile: keepsTraining })
  await makeFolderOf(out)
  await write(net, options, terminal)
}

/** @throws SeparableError (`argument`) when the ending is not known */
function formatOf(out: string): Format {
  const format = FORMATS.find((name) => out.toLowerCase().endsWith(ENDINGS[name]))
  if (format) return format
  const endings = Object.values(ENDINGS).join(', ')
  throw new SeparableError('argument', `export: say --to, or end --out in one of ${endings}, ${received(out)}`)
}

/** @throws SeparableError (`argument`) when an option is given that the format has not */
function checkOptions(to: Format, { to: _to, out: _out, ...options }: ExportOptions): void {
  const own: readonly string[] = OPTIONS_OF[to]
  const odd = Object.keys(options).find((name) => !own.includes(name))
  if (odd) throw new SeparableError('argument', `export --to ${to} has no such option, ${received(odd)}`)
}

type Write = (net: Model, options: ExportOptions, terminal: Terminal) => Promise<void>

/** @throws SeparableError (`argument`) when files of this format end differently */
function writerTo(to: Format, out: string): Write {
  if (to === 'onnx') return writeOnnx
  if (to === 'js' || to === 'html') return (net, options, terminal) => writeJs(net, { ...options, to }, terminal)
  if (formatOf(out) !== to)
    throw new SeparableError('argument', `export --to ${to}: the file must end in ${ENDINGS[to]}, ${received(out)}`)
  return writeModelFile
}

/** A model, or weights alone, as the ending says. */
async function writeModelFile(net: Model, { out, foldBatchNorm: folds }: ExportOptions, terminal: Terminal) {
  await writerFor('export', out)(folds ? foldBatchNorm(net) : net)
  terminal.print(`${out}: ${memorySize((await nodePlatform.fileSize(out)) ?? 0)}`)
}

async function writeOnnx(net: Model, options: ExportOptions, terminal: Terminal): Promise<void> {
  const { out, channelsFirst = false } = options
  const { exportOnnx } = await import('../onnx/index.ts')
  const file = exportOnnx(net, {
    foldBatchNorm: options.foldBatchNorm ?? false,
    layout: channelsFirst ? 'channelsFirst' : 'channelsLast',
  })
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

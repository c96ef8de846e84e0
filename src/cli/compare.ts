/** @file `separable compare`: trains an ordinary and a depthwise separable network side by side, and shows what that saved. */
import { join } from 'node:path'
import { Command } from 'commander'
import { DATASET_NAMES, type Dataset, type DatasetName, loadDataset } from '../data/index.ts'
import type { Network } from '../nn/network.ts'
import { compareTable, headline, MODEL_STYLE, notices } from '../report/compare.ts'
import { decimals, short, thousands } from '../report/format.ts'
import { type CompareResult, MODEL_NAMES, type ModelName, modelsOf } from '../report/result.ts'
import { renderText } from '../report/table.ts'
import { configure } from '../train/environment.ts'
import { jsonOf, saveReport } from './compare-files.ts'
import { buildNetwork, trainNetwork } from './compare-network.ts'
import { downloadProgress } from './download-progress.ts'
import { checkWritable, OutputFolder, writeText } from './files.ts'
import { interruptible } from './interrupt.ts'
import { inspectMachine, type Machine, processorName } from './machine.ts'
import { choice, nameList, wholeNumber } from './options.ts'
import type { Terminal } from './terminal.ts'
import { VERSION } from './version.ts'

interface CompareOptions {
  readonly data: DatasetName
  readonly dataDir?: string
  readonly epochs: number
  readonly batchSize: number
  readonly limit?: number
  readonly rescale?: boolean
  readonly seed: number
  readonly threads?: number
  readonly models: readonly ModelName[]
  readonly out?: string
  readonly json?: string
}

/** Options that the command line may have left open. */
type Unset<T, K extends keyof T> = Omit<T, K> & { readonly [key in K]: T[K] | undefined }

/** What the tutorial chose for CIFAR-10. */
const TUTORIAL_TRAINING = { epochs: 10, batchSize: 128 }
/** A tenth of the images needs smaller batches for as many steps, and both networks learn it in about a minute. */
const SHAPES_TRAINING = { epochs: 3, batchSize: 32 }

const DESCRIPTION =
  'Trains the same network twice, with ordinary convolutions and with depthwise separable ones, on the same images in the ' +
  'same order. Prints what each costs and how good it gets, and writes a report. Ctrl-C ends the run early: what was ' +
  'trained until then is reported, and the exit code is 130.'

const EXAMPLES = `
Examples:
  $ separable compare
  $ separable compare --data cifar10 --epochs 10 --out runs/cifar10
  $ separable compare --data mnist --limit 5000 --rescale --models separable --json result.json`

const ABOVE_PEAK =
  "Above 100 %: Winograd's algorithm gets by with fewer multiplications than the layers define, and those are counted."

/** Test images that the report shows. */
const SAMPLES = 18

export function compareCommand(terminal: Terminal): Command {
  return new Command('compare')
    .summary('train both networks and show what separable convolutions save')
    .description(DESCRIPTION)
    .addOption(choice('--data <name>', 'data set', DATASET_NAMES, 'shapes'))
    .option('--data-dir <dir>', 'where data sets lie (default: $SEPARABLE_DATA, or the cache folder)')
    .addOption(wholeNumber('--epochs <n>', 'passes over the training images (default: 10; 3 for shapes)', { least: 1 }))
    .addOption(wholeNumber('--batch-size <n>', 'images in a training step (default: 128; 32 for shapes)', { least: 1 }))
    .addOption(wholeNumber('--limit <n>', 'use only the first n training and n test images', { least: 1 }))
    .option('--rescale', 'scale pixels from 0..255 to 0..1')
    .addOption(wholeNumber('--seed <n>', 'decides initial weights and the order of images', { least: 0, standard: 0 }))
    .addOption(wholeNumber('--threads <n>', 'threads to compute with (default: one for each core)', { least: 1 }))
    .addOption(nameList('--models <names>', 'networks to train', MODEL_NAMES))
    .option('--out <dir>', 'folder for the report (default: runs/<date>-compare)')
    .option('--json <file>', 'write the numbers to a file')
    .addHelpText('after', EXAMPLES)
    .action(({ epochs, batchSize, ...options }: Unset<CompareOptions, 'epochs' | 'batchSize'>) => {
      const standard = options.data === 'shapes' ? SHAPES_TRAINING : TUTORIAL_TRAINING
      const training = { epochs: epochs ?? standard.epochs, batchSize: batchSize ?? standard.batchSize }
      return compare({ ...options, ...training }, terminal)
    })
}

/** What every part of a comparison needs. */
interface Run {
  readonly options: CompareOptions
  readonly folder: OutputFolder
  readonly signal: AbortSignal
  readonly terminal: Terminal
}

async function compare(options: CompareOptions, terminal: Terminal): Promise<void> {
  const folder = await OutputFolder.make(options.out ?? `runs/${timestamp(new Date())}-compare`)
  try {
    if (options.json) await checkWritable(options.json)
    configure({ threads: options.threads ?? null })
    await interruptible(terminal, async (signal) => {
      const run = { options, folder, signal, terminal }
      await reportComparison(run, await runComparison(run))
    })
  } finally {
    await folder.removeIfEmpty()
  }
}

/** Trains one network after the other and saves the numbers of each as soon as they are there. */
async function runComparison(run: Run): Promise<CompareResult> {
  const { options, folder, signal, terminal } = run
  const data = await loadDataset(options.data, { ...options, seed: 0, signal, onProgress: downloadProgress(terminal) })
  const machine = await inspectMachine()
  signal.throwIfAborted() // nothing to report yet
  const setup = { ...options, rescale: options.rescale ?? false, data, peak: machine.peak, samples: SAMPLES, signal }
  let result = emptyResult(options, data, machine)
  announce(result, machine, terminal)
  for (const name of options.models) {
    if (signal.aborted) break
    const network = buildNetwork(name, setup)
    announceNetwork(name, network, terminal)
    const model = await trainNetwork(network, setup)
    result = { ...result, models: { ...result.models, [name]: model } }
    await folder.write('history.json', jsonOf(result))
  }
  return result
}

async function reportComparison({ options, folder, terminal }: Run, result: CompareResult): Promise<void> {
  await saveReport(folder, result)
  if (options.json) await writeText(options.json, jsonOf(result))
  const { bold, yellow, cyan, dim } = terminal.colors
  terminal.print(`\n${renderText(compareTable(result)).trimEnd()}`)
  if (modelsOf(result).some(([, { peakShare }]) => peakShare > 1)) terminal.print(dim(terminal.wrap(ABOVE_PEAK)))
  for (const notice of notices(result)) terminal.print(`\n${yellow(notice)}`)
  terminal.print(`\n${bold(terminal.wrap(headline(result)))}`)
  terminal.print(`\nReport: ${cyan(join(folder.path, 'report.html'))}`)
}

/** The comparison before any network has been trained. */
function emptyResult(options: CompareOptions, { train, test, classes }: Dataset, machine: Machine): CompareResult {
  return {
    data: options.data,
    trainImages: train.y.data.length,
    testImages: test.y.data.length,
    epochs: options.epochs,
    batchSize: options.batchSize,
    seed: options.seed,
    threads: machine.threads,
    models: {},
    classNames: classes,
    samples: { pictures: test.x.slice(0, SAMPLES), labels: Array.from(test.y.data.subarray(0, SAMPLES)) },
    settings: {
      Pixels: options.rescale ? 'scaled to 0..1' : 'as they are, 0..255',
      Optimizer: 'Adam, learning rate 0.001',
      Machine: processorName(),
      Peak: `${decimals(machine.peak, 1)} GFLOP/s on these threads, measured`,
      Versions: `separable ${VERSION}, Node ${process.version}`,
    },
  }
}

/** What is about to happen, and what may surprise about it. */
function announce(
  { data, trainImages, testImages, batchSize, threads }: CompareResult,
  { peak }: Machine,
  terminal: Terminal,
): void {
  if (batchSize > trainImages)
    terminal.warn(
      `a batch of ${batchSize} is more than the ${trainImages} training images: each epoch is one short batch`,
    )
  terminal.print(`${data}: ${thousands(trainImages)} training and ${thousands(testImages)} test images`)
  const machine = `${threads} ${threads === 1 ? 'thread' : 'threads'}`
  terminal.print(Number.isFinite(peak) ? `${machine}, at most ${decimals(peak, 0)} GFLOP/s` : machine)
}

function announceNetwork(name: ModelName, network: Network, terminal: Terminal): void {
  const macs = [...network.macs().values()].reduce((sum, layerMacs) => sum + layerMacs, 0)
  const size = `${thousands(network.countParams())} parameters, ${short(macs)} multiply-accumulates an image`
  terminal.print(`\n${terminal.colors.bold(`${MODEL_STYLE[name].title} network`)}: ${size}`)
}

/** `2026-11-23-204105`, in local time. */
function timestamp(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')
}

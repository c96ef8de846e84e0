/** @file `separable compare`: trains an ordinary and a depthwise separable network side by side, and shows what that saved. */
import { join } from 'node:path'
import { Command } from 'commander'
import { DATASET_NAMES, type Dataset, type DatasetName, loadDataset } from '../data/index.ts'
import { zoo } from '../models/index.ts'
import { resetNames } from '../nn/names.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { compareTable, headline, MODEL_STYLE, notices } from '../report/compare.ts'
import { type CompareResult, MODEL_NAMES, type ModelName, modelsOf } from '../report/result.ts'
import { renderText } from '../report/table.ts'
import type { CompileArgs } from '../train/compile.ts'
import type { Model } from '../train/model.ts'
import { jsonOf, saveReport } from './compare-files.ts'
import { downloadTalk } from './download-progress.ts'
import { writeJson } from './files.ts'
import { inspectMachine, type Machine, machineSettings } from './machine.ts'
import { choice, common, MANY, nameList, wholeNumber } from './options.ts'
import { announceNetwork, announceRun, type RunPlace, SAMPLES, samplesOf, standardTraining, startRun } from './run.ts'
import { removeRunFiles } from './run-folder.ts'
import type { Terminal } from './terminal.ts'
import { trainNetwork } from './train-network.ts'

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
  readonly overwrite?: boolean
}

/** Options that the command line may have left open. */
type Unset<T, K extends keyof T> = Omit<T, K> & { readonly [key in K]: T[K] | undefined }

/** As in the tutorial that started the project. */
const TRAINING: CompileArgs = { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] }

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

export function compareCommand(terminal: Terminal): Command {
  return new Command('compare')
    .description(DESCRIPTION)
    .addOption(choice('--data <name>', 'data set', DATASET_NAMES, 'shapes'))
    .addOption(common.dataDir())
    .addOption(
      wholeNumber('--epochs <n>', 'passes over the training images (default: 10; 3 for shapes)', {
        least: 1,
        most: MANY,
      }),
    )
    .addOption(
      wholeNumber('--batch-size <n>', 'images in a training step (default: 128; 32 for shapes)', {
        least: 1,
        most: MANY,
      }),
    )
    .addOption(wholeNumber('--limit <n>', 'use only the first n training and n test images', { least: 1, most: MANY }))
    .option('--rescale', 'scale pixels from 0..255 to 0..1')
    .addOption(common.seed())
    .addOption(common.threads())
    .addOption(nameList('--models <names>', 'networks to train', MODEL_NAMES))
    .option('--out <dir>', 'folder for the report (default: runs/<date>-compare)')
    .addOption(common.overwrite())
    .addOption(common.json())
    .addHelpText('after', EXAMPLES)
    .action(({ epochs, batchSize, ...options }: Unset<CompareOptions, 'epochs' | 'batchSize'>) => {
      const standard = standardTraining(options.data)
      const training = { epochs: epochs ?? standard.epochs, batchSize: batchSize ?? standard.batchSize }
      return compare({ ...options, ...training }, terminal)
    })
}

/** What every part of a comparison needs. */
interface Comparison extends RunPlace {
  readonly options: CompareOptions
  readonly terminal: Terminal
}

function compare(options: CompareOptions, terminal: Terminal): Promise<void> {
  return startRun('compare', options, terminal, async (place) => {
    const comparison = { ...place, options, terminal }
    await reportComparison(comparison, await runComparison(comparison))
  })
}

/** Trains one network after the other and saves the numbers of each as soon as they are there. */
async function runComparison(comparison: Comparison): Promise<CompareResult> {
  const { options, folder, signal, terminal } = comparison
  const { dataDir, limit } = options
  const data = await loadDataset(options.data, { dataDir, limit, seed: 0, signal, ...downloadTalk(terminal) })
  const machine = await inspectMachine(signal)
  signal.throwIfAborted() // nothing to report yet
  const setup = {
    ...options,
    training: TRAINING,
    data,
    peak: machine.peak,
    threads: machine.threads,
    samples: SAMPLES,
    signal,
  }
  let result = emptyResult(options, data, machine)
  announceRun(result, machine, terminal)
  await removeRunFiles(folder.path)
  for (const name of options.models) {
    if (signal.aborted) break
    const network = buildNetwork(name, options, data)
    announceNetwork(`${MODEL_STYLE[name].title} network`, network, terminal)
    const model = await trainNetwork(network, setup)
    result = { ...result, models: { ...result.models, [name]: model } }
    await folder.write('history.json', jsonOf(result))
  }
  return result
}

/** A network of the comparison, with initial weights that depend on the seed alone. */
function buildNetwork(name: ModelName, { seed, rescale = false }: CompareOptions, { train, classes }: Dataset): Model {
  resetNames()
  setRandomSeed(seed)
  return zoo[name]({ inputShape: train.x.shape.slice(1), classes: classes.length, rescale })
}

async function reportComparison({ options, folder, terminal }: Comparison, result: CompareResult): Promise<void> {
  await saveReport(folder, result)
  await writeJson(options.json, jsonOf(result), terminal)
  const { bold, yellow, cyan, dim } = terminal.colors
  terminal.print(`\n${renderText(compareTable(result), terminal.tableColumns).trimEnd()}`)
  if (modelsOf(result).some(([, { peakShare }]) => peakShare > 1)) terminal.print(dim(terminal.wrap(ABOVE_PEAK)))
  for (const notice of notices(result)) terminal.print(`\n${yellow(terminal.wrap(notice))}`)
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
    samples: samplesOf(test),
    settings: {
      Pixels: options.rescale ? 'scaled to 0..1' : 'as they are, 0..255',
      Optimizer: 'Adam, learning rate 0.001',
      ...machineSettings(machine),
    },
  }
}

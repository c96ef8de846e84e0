/** @file What `train` says of a run: before it trains, for its report, and when it is over. */
import { join } from 'node:path'
import type { Dataset, Split } from '../data/index.ts'
import type { RunSource, TrainResult } from '../report/result.ts'
import { renderText } from '../report/table.ts'
import { trainHeadline, trainNotices, trainTable, unevenClasses } from '../report/train.ts'
import { type Machine, machineSettings } from './machine.ts'
import { isDatasetName, lastingName } from './pictures.ts'
import { samplesOf } from './run.ts'
import { MODEL_FILE } from './run-folder.ts'
import type { Terminal } from './terminal.ts'
import type { Training, TrainOptions } from './train-options.ts'

/** Everything about the run but its outcome. */
export function describeRun(training: Training, machine: Machine): Omit<TrainResult, 'network' | 'model'> {
  const { options, recipe, epochs, batchSize, learningRate, data } = training
  const { train, test, classes } = data
  return {
    data: data.name,
    trainImages: train.y.data.length,
    testImages: test.y.data.length,
    epochs,
    batchSize,
    seed: options.seed,
    threads: machine.threads,
    classNames: classes,
    counts: { train: countsOf(train, data), test: countsOf(test, data) },
    weighsClasses: options.classWeights === 'balanced',
    source: sourceOf(training),
    samples: samplesOf(test),
    settings: {
      ...(options.data && !isDatasetName(options.data) && { Folder: options.data }),
      ...(options.validationData && { 'For tests': options.validationData }),
      Pictures: `${train.x.shape.slice(1).join('x')}, 0..255`,
      Recipe: recipe.title,
      'Learning rate': String(learningRate),
      Augmentation: recipe.augmentation && options.augment ? "the recipe's" : 'none',
      'Class weights': options.classWeights,
      'Saved weights': `of the ${options.save} epoch`,
      ...machineSettings(machine),
    },
  }
}

function sourceOf({ options, data }: Training): RunSource {
  const name = options.data ?? data.name
  const { limit, seed, dataDir, validationData, validationSplit } = options
  if (isDatasetName(name)) return { data: name, seed, limit, dataDir: dataDir && lastingName(dataDir) }
  const second = validationData && lastingName(validationData)
  return { data: lastingName(name), seed, limit, validationSplit, validationData: second }
}

function countsOf({ y }: Split, { classes }: Dataset): number[] {
  const counts = classes.map(() => 0)
  for (const label of y.data) counts[label] += 1
  return counts
}

/** So that every class has the same part of the loss, and the mean weight of an image is 1. */
export function balanced(counts: readonly number[]): { readonly [label: number]: number } {
  const present = counts.filter((count) => count > 0).length
  const total = counts.reduce((sum, count) => sum + count, 0)
  return Object.fromEntries(counts.flatMap((count, label) => (count > 0 ? [[label, total / (present * count)]] : [])))
}

/** What is odd about the classes. */
export function announceClasses(
  run: Omit<TrainResult, 'network' | 'model'>,
  { save }: Pick<TrainOptions, 'save'>,
  terminal: Terminal,
): void {
  for (const line of unevenClasses(run)) terminal.warn(line)
  const best = save === 'best' ? ', so there is no best epoch and the last one is saved' : ''
  if (run.testImages === 0)
    terminal.warn(
      `no pictures are kept for tests, since no class has two: the network is trained without validation${best}`,
    )
}

export function printResult(result: TrainResult, { folder, terminal }: Training): void {
  const { bold, yellow, cyan } = terminal.colors
  terminal.print(`\n${renderText(trainTable(result), terminal.tableColumns).trimEnd()}`)
  for (const notice of trainNotices(result)) terminal.print(`\n${yellow(terminal.wrap(notice))}`)
  terminal.print(`\n${bold(terminal.wrap(trainHeadline(result)))}`)
  terminal.print(`\nModel:  ${cyan(join(folder.path, MODEL_FILE))}`)
  terminal.print(`Report: ${cyan(join(folder.path, 'report.html'))}`)
}

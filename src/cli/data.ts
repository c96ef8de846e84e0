/** @file `separable data`: which data sets there are, where they lie, and how to get them. */
import { Argument, Command } from 'commander'
import {
  DATASET_NAMES,
  type DatasetInfo,
  type DatasetName,
  dataRoot,
  datasetInfo,
  datasetPath,
  downloadDataset,
} from '../data/index.ts'
import { memorySize, thousands } from '../report/format.ts'
import { downloadTalk } from './download-progress.ts'
import { interruptible } from './interrupt.ts'
import { common, oneOf } from './options.ts'
import type { Terminal } from './terminal.ts'

interface DataOptions {
  readonly dataDir?: string
}

const EXAMPLES = `
Examples:
  $ separable data list
  $ separable data download cifar10
  $ separable data path mnist --data-dir ~/data`

export function dataCommand(terminal: Terminal): Command {
  return new Command('data')
    .description('Lists, finds and downloads data sets.')
    .addCommand(
      subcommand('list', 'list all data sets, and where they lie').action((options: DataOptions) =>
        list(options, terminal),
      ),
    )
    .addCommand(
      subcommand('path', 'print the folder of a data set')
        .addArgument(nameArgument())
        .action(async (name: DatasetName, options: DataOptions) => terminal.print(await datasetPath(name, options))),
    )
    .addCommand(
      subcommand('download', 'download a data set, or what is missing of it')
        .addArgument(nameArgument())
        .action((name: DatasetName, options: DataOptions) => download(name, options, terminal)),
    )
    .addHelpText('after', EXAMPLES)
}

function subcommand(name: string, description: string): Command {
  return new Command(name).description(description).addOption(common.dataDir())
}

function nameArgument(): Argument {
  return new Argument('<name>', DATASET_NAMES.join(', ')).argParser((name) => oneOf('data set', name, DATASET_NAMES))
}

async function list(options: DataOptions, terminal: Terminal): Promise<void> {
  for (const name of DATASET_NAMES) {
    const info = await datasetInfo(name, options)
    const { trainImages, testImages, imageShape } = info
    const images = `${thousands(trainImages)} training and ${thousands(testImages)} test images`
    terminal.print(`${terminal.colors.bold(name)}: ${info.title}`)
    terminal.print(terminal.wrap(`${images} of ${imageShape.join('x')} in ${info.classes.length} classes`, 2))
    terminal.print(`${terminal.wrap(whereabouts(info), 2)}\n`)
  }
  terminal.print(terminal.wrap(`Data folder: ${dataRoot(options)} (--data-dir or SEPARABLE_DATA choose another)`))
}

function whereabouts({ name, embedded, folder, downloadBytes }: DatasetInfo): string {
  if (embedded) return 'built in'
  return folder ? `in ${folder}` : `not here; "separable data download ${name}" fetches ${memorySize(downloadBytes)}`
}

async function download(name: DatasetName, options: DataOptions, terminal: Terminal): Promise<void> {
  await interruptible(terminal, async (signal) => {
    const folder = await downloadDataset(name, { ...options, signal, ...downloadTalk(terminal) })
    terminal.print(`${name} is in ${folder}`)
  })
}

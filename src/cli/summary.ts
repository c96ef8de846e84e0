/** @file `separable summary`: the layers of a network as Keras prints them, and what each costs. */
import { Argument, Command } from 'commander'
import { type ZooName, zoo } from '../models/index.ts'
import { resetNames } from '../nn/names.ts'
import type { Network } from '../nn/network.ts'
import { checkWritable, writeText } from './files.ts'
import { oneOf, pictureShape, wholeNumber } from './options.ts'
import type { Terminal } from './terminal.ts'

interface SummaryOptions {
  readonly cost?: boolean
  readonly inputShape: readonly number[]
  readonly classes: number
  readonly json?: string
}

const NETWORKS = Object.keys(zoo) as ZooName[]

const EXAMPLES = `
Examples:
  $ separable summary conv
  $ separable summary separable --cost
  $ separable summary separable --input-shape 28x28x1 --json summary.json`

export function summaryCommand(terminal: Terminal): Command {
  return new Command('summary')
    .summary('print the layers of a network')
    .description("Prints a network's layers, output shapes and numbers of parameters as Keras does.")
    .addArgument(new Argument('<network>', NETWORKS.join(', ')).argParser((name) => oneOf('network', name, NETWORKS)))
    .option('--cost', 'show multiply-accumulates for one image, too')
    .addOption(pictureShape('--input-shape <shape>', 'height, width and channels of a picture', [32, 32, 3]))
    .addOption(wholeNumber('--classes <n>', 'classes to tell apart', { least: 1, standard: 10 }))
    .option('--json <file>', 'write the numbers to a file')
    .addHelpText('after', EXAMPLES)
    .action((name: ZooName, options: SummaryOptions) => summary(name, options, terminal))
}

async function summary(name: ZooName, options: SummaryOptions, terminal: Terminal): Promise<void> {
  const { json, cost = false, inputShape, classes } = options
  if (json) await checkWritable(json)
  resetNames()
  const network = zoo[name]({ inputShape, classes })
  network.summary({ cost, print: (text) => terminal.write(text) })
  if (json) await writeText(json, `${JSON.stringify(summaryJson(name, network), null, 2)}\n`)
}

function summaryJson(name: ZooName, network: Network) {
  const { layers, totals } = network.describe()
  return {
    model: name,
    params: network.countParams(),
    trainable: totals.trainable,
    nonTrainable: totals.nonTrainable,
    macs: layers.reduce((sum, { macs = 0 }) => sum + macs, 0),
    layers: layers.map(({ name, className, outputShape, params, macs }) => ({
      name,
      className,
      outputShape,
      params,
      macs,
    })),
  }
}

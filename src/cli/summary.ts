/** @file `separable summary`: the layers of a network as Keras prints them, and what each costs. */
import { Argument, Command } from 'commander'
import { zoo } from '../models/index.ts'
import { resetNames } from '../nn/names.ts'
import { renderSummary, type Summary } from '../report/summary.ts'
import { MAX_THREADS } from '../train/environment.ts'
import { checkOutput, writeJson } from './files.ts'
import { memoryByLayer, memoryJson, type PredictedMemory, predictMemory, showMemory } from './memory.ts'
import { isNetworkName, MODEL_FILES, modelPath, NETWORK_NAMES, readModel } from './model-file.ts'
import { common, MANY, oneOf, pictureShape, wholeNumber } from './options.ts'
import type { Terminal } from './terminal.ts'

interface SummaryOptions {
  readonly cost?: boolean
  readonly memory?: boolean
  readonly batchSize: number
  readonly examples: number
  readonly threads?: number
  readonly inputShape?: readonly number[]
  readonly classes?: number
  readonly json?: string
}

const EXAMPLES = `
Examples:
  $ separable summary conv
  $ separable summary separable --cost --memory --batch-size 32
  $ separable summary mobilenet --input-shape 96x96x3 --classes 5 --cost
  $ separable summary separable --input-shape 28x28x1 --json summary.json
  $ separable summary net.keras`

export function summaryCommand(terminal: Terminal): Command {
  return new Command('summary')
    .description("Prints a network's layers, output shapes and numbers of parameters as Keras does.")
    .addArgument(new Argument('<network>', `${NETWORK_NAMES.join(', ')}, or ${MODEL_FILES}`).argParser(parseNetwork))
    .option('--cost', 'show multiply-accumulates for one image, too')
    .option('--memory', 'predict the peak memory of training with Adam, and of inference')
    .addOption(
      wholeNumber('--batch-size <n>', 'images in a batch, for --memory', { least: 1, most: MANY, standard: 128 }),
    )
    .addOption(
      wholeNumber('--examples <n>', 'pictures kept in memory, for --memory', {
        least: 1,
        most: MANY,
        standard: 50_000,
      }),
    )
    .addOption(
      wholeNumber('--threads <n>', 'threads to compute with, for --memory (default: one for each core)', {
        least: 1,
        most: MAX_THREADS,
      }),
    )
    .addOption(
      pictureShape('--input-shape <shape>', "height, width and channels of a picture (default: the network's own)"),
    )
    .addOption(
      wholeNumber('--classes <n>', "classes to tell apart (default: the network's own)", { least: 1, most: MANY }),
    )
    .addOption(common.json())
    .addHelpText('after', EXAMPLES)
    .action((name: string, options: SummaryOptions) => summary(name, options, terminal))
}

/** What has a dot or a slash in it is a file. */
function parseNetwork(name: string): string {
  return /[./\\]/.test(name) ? name : oneOf('network', name, NETWORK_NAMES)
}

async function summary(name: string, options: SummaryOptions, terminal: Terminal): Promise<void> {
  const { json, cost = false, inputShape, classes } = options
  const shapes = { ...(inputShape ? { inputShape } : {}), ...(classes ? { classes } : {}) }
  await checkOutput(json, ...(isNetworkName(name) ? [] : [modelPath(name)]))
  resetNames()
  const network = isNetworkName(name) ? zoo[name](shapes) : await readModel(name, inputShape ? { inputShape } : {})
  const memory = options.memory ? await predictMemory(network, options) : undefined // before anything else needs memory
  const summary = network.describe()
  const text = renderSummary(memory ? withMemory(summary, memory) : summary, {
    cost,
    memory: memory !== undefined,
    columns: terminal.tableColumns,
  })
  terminal.write(memory ? `${text}\n${showMemory(memory, terminal)}` : text)
  await writeJson(json, `${JSON.stringify(summaryJson(name, summary, memory), null, 2)}\n`, terminal)
}

function withMemory(summary: Summary, memory: PredictedMemory): Summary {
  const byLayer = memoryByLayer(memory)
  const layers = summary.layers.map((layer) => ({ ...layer, memory: byLayer.get(layer.name) ?? 0 }))
  return { ...summary, layers, totals: { ...summary.totals, peakMemory: memory.train.bytes + memory.runtime.train } }
}

function summaryJson(model: string, { layers, totals }: Summary, memory: PredictedMemory | undefined) {
  const byLayer = memory && memoryByLayer(memory)
  return {
    model,
    params: totals.trainable + totals.nonTrainable,
    trainable: totals.trainable,
    nonTrainable: totals.nonTrainable,
    macs: layers.reduce((sum, { macs = 0 }) => sum + macs, 0),
    layers: layers.map(({ name, className, outputShape, params, macs }) => ({
      name,
      className,
      outputShape,
      params,
      macs,
      ...(byLayer ? { memory: byLayer.get(name) ?? 0 } : {}),
    })),
    ...(memory ? { memory: memoryJson(memory) } : {}),
  }
}

/** @file What `compare` and `train` have in common: how a run begins and ends, and what it says before it trains. */
import type { Split } from '../data/index.ts'
import type { Network } from '../nn/network.ts'
import { decimals, short, thousands } from '../report/format.ts'
import type { Run, Samples } from '../report/result.ts'
import { configure } from '../train/environment.ts'
import { checkWritable, OutputFolder } from './files.ts'
import { interruptible } from './interrupt.ts'
import type { Machine } from './machine.ts'
import type { Terminal } from './terminal.ts'

interface RunOptions {
  readonly threads?: number
  readonly out?: string
  readonly json?: string
}

/** Where a run leaves its results, and what tells it to end early. */
export interface RunPlace {
  readonly folder: OutputFolder
  readonly signal: AbortSignal
}

/** Test images that a report shows. */
export const SAMPLES = 18

/** The first test images, as many as a report shows. */
export function samplesOf({ x, y }: Split): Samples {
  const count = Math.min(SAMPLES, y.data.length)
  return { pictures: x.slice(0, count), labels: Array.from(y.data.subarray(0, count)) }
}

/**
 * Makes sure that results can be written, then does the work. No empty folder is left behind.
 * @throws CommanderError when Ctrl-C ended the work, otherwise what the work throws
 */
export async function startRun(
  command: string,
  { threads, out, json }: RunOptions,
  terminal: Terminal,
  work: (place: RunPlace) => Promise<void>,
): Promise<void> {
  const folder = await OutputFolder.make(out ?? defaultFolder(command, new Date()))
  try {
    if (json) await checkWritable(json)
    configure({ threads: threads ?? null })
    await interruptible(terminal, (signal) => work({ folder, signal }))
  } finally {
    await folder.removeIfEmpty()
  }
}

/** `runs/2026-11-23-204105-train`, in local time. */
function defaultFolder(command: string, now: Date): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
  return `runs/${local.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')}-${command}`
}

/** What the tutorial chose for CIFAR-10. */
const TUTORIAL_TRAINING = { epochs: 10, batchSize: 128 }
/** A tenth of the images needs smaller batches for as many steps, and both networks learn it in about a minute. */
const SHAPES_TRAINING = { epochs: 3, batchSize: 32 }

/** How long to train on a data set when nobody says. */
export function standardTraining(data: string): { readonly epochs: number; readonly batchSize: number } {
  return data === 'shapes' ? SHAPES_TRAINING : TUTORIAL_TRAINING
}

/** What is about to happen, and what may surprise about it. */
export function announceRun(
  { data, trainImages, testImages, batchSize, threads }: Run,
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

export function announceNetwork(title: string, network: Network, terminal: Terminal): void {
  const macs = [...network.macs().values()].reduce((sum, layerMacs) => sum + layerMacs, 0)
  const size = `${thousands(network.countParams())} parameters, ${short(macs)} multiply-accumulates an image`
  terminal.print(`\n${terminal.colors.bold(title)}${terminal.wrap(`${title}: ${size}`).slice(title.length)}`)
}

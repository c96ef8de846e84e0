/** @file What `compare` and `train` have in common: how a run begins and ends, and what it says before it trains. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { received, SeparableError } from '../base/errors.ts'
import type { Split } from '../data/index.ts'
import type { Network } from '../nn/network.ts'
import { nodePlatform } from '../node-platform.ts'
import { decimals, short, thousands } from '../report/format.ts'
import type { Run, Samples } from '../report/result.ts'
import { configure } from '../train/environment.ts'
import { checkOutput, OutputFolder } from './files.ts'
import { interruptible } from './interrupt.ts'
import type { Machine } from './machine.ts'
import { demandNoOtherRun } from './run-folder.ts'
import type { Terminal } from './terminal.ts'

interface RunOptions {
  readonly threads?: number
  readonly out?: string
  readonly json?: string
  readonly overwrite?: boolean
  readonly resume?: string | true
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
 * Makes sure that results can be written and nothing is lost by it, then does the work. No empty folder is left behind.
 * @throws CommanderError when Ctrl-C ended the work, otherwise what the work throws
 */
export async function startRun(
  command: string,
  options: RunOptions,
  terminal: Terminal,
  work: (place: RunPlace) => Promise<void>,
): Promise<void> {
  const { threads, json } = options
  const out = options.out ?? defaultFolder(command, new Date())
  if (!options.resume) demandNoOtherRun(out, options)
  await checkOutput(json)
  const folder = await OutputFolder.make(out)
  try {
    await alone(out, async () => {
      if (!options.resume) demandNoOtherRun(out, options) // one may have ended in between
      configure({ threads: threads ?? null })
      await interruptible(terminal, (signal) => work({ folder, signal }))
    })
  } finally {
    await folder.removeIfEmpty()
  }
}

/** Works while no other process writes into the folder. @throws SeparableError (`argument`) while one does */
async function alone(out: string, work: () => Promise<void>): Promise<void> {
  const path = join(out, 'run.lock')
  const lock = await nodePlatform.lock(path)
  if (!lock)
    throw new SeparableError(
      'argument',
      `another process trains into this folder: wait for its end, or take another --out (neither --overwrite nor --resume goes on beside it; its lock is ${path}), ${received(out)}`,
    )
  try {
    await work()
  } finally {
    await lock.release()
  }
}

/** `runs/2026-11-23-204105-train`, in local time; another run of the same second gets a number. */
function defaultFolder(command: string, now: Date): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
  const name = `runs/${local.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')}-${command}`
  let free = name
  for (let n = 2; existsSync(free); n++) free = `${name}-${n}`
  return free
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

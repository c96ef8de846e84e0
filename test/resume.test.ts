/**
 * @file `separable train` is killed at random moments, 20 times in all, and resumed until it is done. It must leave what a
 * run without interruption leaves, byte for byte. A failure names the seed of the moments; SEPARABLE_KILL_SEED repeats them.
 * The recipe has all that could get lost: dropout, augmentation, batch normalisation, AdamW and its schedule.
 * Needs `npm run build`.
 */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Random } from '../src/base/random.ts'
import { ended, startCommand } from './command-line.ts'

const KILLS = 20
const SEED = Number(process.env.SEPARABLE_KILL_SEED ?? 1)
const PICTURES = ['--recipe', 'pictures', '--data', 'shapes', '--limit', '48', '--batch-size', '12']
/** Backups come at the ends of epochs and within them. */
const RUN = [...PICTURES, '--epochs', '12', '--backup-every', '3']

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'separable-resume-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const isOver = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

/** When the last backup of a run was written; 0 when there is none. */
function backupTime(run: string): number {
  return statSync(join(dir, run, 'backup/latest.npz'), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Begins a run, or goes on with it where it can; one that was killed as it ended is made anew. */
function start(run: string): ChildProcess {
  const begun = statSync(join(dir, run, 'backup/run.json'), { throwIfNoEntry: false })
  return begun
    ? startCommand(dir, 'train', '--resume', run)
    : startCommand(dir, 'train', ...RUN, '--out', run, '--overwrite')
}

/** Kills a run at a random moment: anywhere while it begins, or some time after its next backup. */
async function kill(child: ChildProcess, run: string, random: Random, timeToBackup: number): Promise<void> {
  if (random.int(4) === 0) await sleep(random.uniform() * timeToBackup)
  else {
    const before = backupTime(run)
    while (backupTime(run) === before && !isOver(child)) await sleep(2)
    await sleep((random.uniform() * timeToBackup) / 4)
  }
  child.kill('SIGKILL')
}

/** What must not depend on interruptions: all files but pictures of times, and of those what they say of the training. */
function remains(run: string) {
  const file = (name: string) => readFileSync(join(dir, run, name))
  const { history, weightsSha256, epochSeconds, confusion } = JSON.parse(file('history.json').toString())
  return {
    files: readdirSync(join(dir, run)).sort(),
    weights: file('model.keras').toString('base64'),
    csv: file('history.csv').toString(),
    history,
    weightsSha256,
    epochs: epochSeconds.length,
    confusion,
  }
}

it(`ends as if it had not been killed ${KILLS} times (seed ${SEED})`, async () => {
  const whole = startCommand(dir, 'train', ...RUN, '--out', 'whole')
  const began = performance.now()
  while (backupTime('whole') === 0 && !isOver(whole)) await sleep(2)
  const timeToBackup = performance.now() - began
  expect(await ended(whole)).toMatchObject({ exitCode: 0, err: '' })
  const expected = remains('whole')

  const random = new Random(SEED, 'kills')
  let kills = 0
  for (let runs = 0; kills < KILLS; runs++) {
    const run = `run${runs}`
    for (let done = false; !done; ) {
      const child = start(run)
      const end = ended(child)
      if (kills < KILLS) await kill(child, run, random, timeToBackup)
      const { exitCode, err } = await end
      expect(err).toBe('')
      done = exitCode === 0
      if (child.signalCode === 'SIGKILL') kills += 1
      else expect(exitCode).toBe(0)
    }
    expect(remains(run)).toEqual(expected)
  }
  console.log(`killed ${kills} times with seed ${SEED}`)
})

/** @file What tells the folder of a run: the files that `train` and `compare` leave in it. */
import { existsSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { received, SeparableError } from '../base/errors.ts'

/** By which one finds the model of a run, and what was measured. */
export const MODEL_FILE = 'model.keras'
export const HISTORY_FILE = 'history.json'

const RUN_FILES = [
  MODEL_FILE,
  HISTORY_FILE,
  'history.csv',
  'summary.txt',
  'accuracy.svg',
  'loss.svg',
  'results.md',
  'report.html',
]
const isRunFile = (name: string) => RUN_FILES.includes(name) || /^summary-[a-z]+\.txt$/.test(name)

/** The arguments of a run that may still be resumed. */
export function argumentsFile(run: string): string {
  return join(run, 'backup', 'run.json')
}

/** The folder of the run that this file, which is there, belongs to; undefined when it belongs to none. */
export function runFileIn(path: string): string | undefined {
  const folder = dirname(path)
  const isRun = existsSync(join(folder, HISTORY_FILE)) && existsSync(join(folder, 'report.html'))
  return isRun && isRunFile(basename(path)) && existsSync(path) ? folder : undefined
}

/** @throws SeparableError (`argument`) when a new run would take the place of another one, unless it is asked to */
export function demandNoOtherRun(run: string, { overwrite = false }: { readonly overwrite?: boolean }): void {
  if (overwrite) return
  const ways = 'take another --out, or --overwrite what is there'
  if (existsSync(argumentsFile(run)))
    throw new SeparableError(
      'argument',
      `there is an interrupted run in this folder: go on with it by --resume ${run}, ${ways}, ${received(run)}`,
    )
  const [file] = runFilesIn(run)
  if (file === undefined) return
  throw new SeparableError(
    'argument',
    `there is another run in this folder (${file}), which is over, so that --resume has nothing to go on with: ${ways}, ${received(run)}`,
  )
}

/** Removes what another run left, so that nothing of it stands beside the files of a new one. */
export async function removeRunFiles(run: string): Promise<void> {
  for (const name of runFilesIn(run)) await rm(join(run, name), { force: true })
}

function runFilesIn(run: string): string[] {
  return existsSync(run) ? readdirSync(run).filter(isRunFile).sort() : []
}

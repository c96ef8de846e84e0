/**
 * @file What `train` leaves in its folder for the time that it may be interrupted, and `train --resume` finds there: the
 * arguments of the run in `backup/run.json`, and beside them what `backupAndRestore` writes.
 */
import { existsSync } from 'node:fs'
import { readdir, rm, rmdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { received, SeparableError } from '../base/errors.ts'
import { isObject, type JsonObject, type JsonValue, parseJsonObject } from '../formats/json.ts'
import { nodePlatform } from '../node-platform.ts'
import { type Callback, callbacks } from '../train/callbacks/index.ts'
import { writeText } from './files.ts'
import { MANY, wholeNumber } from './options.ts'
import { lastingName } from './pictures.ts'
import { argumentsFile, MODEL_FILE } from './run-folder.ts'
import type { Terminal } from './terminal.ts'
import { VERSION } from './version.ts'

/** What a command line says about resuming. */
export interface ResumeOptions {
  /** A folder, or `true` for the newest interrupted run. */
  readonly resume?: string | true
  /** Batches. */
  readonly backupEvery?: number
}

export const resumeOptions = {
  resume: (): Option =>
    new Option('--resume [dir]', 'go on with an interrupted run, with its options (default: the newest one in runs)'),
  backupEvery: (): Option =>
    wholeNumber('--backup-every <n>', 'batches between two backups (default: an epoch, or a minute)', {
      least: 1,
      most: MANY,
    }),
}

/** Options that change nothing in the outcome: they may be others when a run is resumed. */
const FREE: readonly string[] = ['json', 'threads', 'dataDir', 'backupEvery']
/** Options about the folder itself, which say nothing of the run. */
const OF_FOLDER: readonly string[] = ['resume', 'out', 'overwrite']

/** Within long epochs there is a backup after so many seconds. */
const SECONDS = 60

const folderOf = (run: string) => join(run, 'backup')

/** What a run was started with. */
export interface RunArguments {
  /** The one that has no name. */
  readonly argument: string | undefined
  readonly options: { readonly [name: string]: unknown }
}

// ------------------------------------------------------------------------------ leaving

/** The backups of a run in its folder. */
export class RunBackup {
  readonly callback: Callback
  readonly #run: string
  /** Whether it begins in this process. */
  readonly #isNew: boolean

  private constructor(run: string, backupEvery: number | undefined, isNew: boolean) {
    this.#run = run
    this.#isNew = isNew
    const within = backupEvery === undefined ? { everySeconds: SECONDS } : { saveFreq: backupEvery }
    const kept = { doubleCheckpoint: true, deleteCheckpoint: false }
    this.callback = callbacks.backupAndRestore({ backupDir: folderOf(run), ...within, ...kept })
  }

  /** Of a run that begins, or goes on where `resume` is given: from now on it can be resumed, whatever ends it. */
  static async open(run: string, { argument, options }: RunArguments): Promise<RunBackup> {
    const { resume, backupEvery } = options as ResumeOptions
    const backup = new RunBackup(run, backupEvery, resume === undefined)
    if (!resume) await backup.remove() // left by a run that was killed as it ended
    const entries = Object.entries(options).filter(([name, value]) => !OF_FOLDER.includes(name) && value !== undefined)
    const kept = { separable: VERSION, argument, options: Object.fromEntries(entries.map(lasting)) }
    await nodePlatform.makeFolder(folderOf(run))
    await writeText(argumentsFile(run), `${JSON.stringify(kept, null, 2)}\n`)
    return backup
  }

  /**
   * Loads and trains. What fails by its numbers would fail again, and what fails before there is a backup has nothing to go on
   * with, so neither is to be resumed; what the signal ends is.
   */
  async around<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const failed = error instanceof SeparableError && error.code === 'numeric'
      const begins = this.#isNew && !existsSync(join(folderOf(this.#run), 'latest.npz'))
      if (failed || (begins && error !== signal.reason)) await this.remove()
      throw error
    }
  }

  /** Whether there is something that `--resume` can go on with. */
  get canGoOn(): boolean {
    return existsSync(argumentsFile(this.#run))
  }

  /** The run is over and all that it leaves is written. Without its arguments it cannot be resumed, so they go first. */
  async remove(): Promise<void> {
    const folder = folderOf(this.#run)
    if (!existsSync(folder)) return
    for (const name of ['run.json', 'latest.npz', 'previous.npz']) await rm(join(folder, name), { force: true })
    for (const name of await readdir(folder)) if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true })
    if ((await readdir(folder)).length === 0) await rmdir(folder)
  }
}

/** An option as it means the same in every working folder. */
function lasting([name, value]: [string, unknown]): [string, unknown] {
  if (name === 'data') return [name, lastingName(String(value))]
  const isPath = name === 'dataDir' || name === 'validationData' || (name === 'json' && value !== '-')
  return [name, isPath ? resolve(String(value)) : value]
}

// ------------------------------------------------------------------------------ finding

/**
 * What the run was started with that a command line wants resumed, with the free options of this command line.
 * @throws SeparableError `argument` when there is no such run, or the command line contradicts it; `data` when what it left
 *   cannot be read
 */
export async function resumedArguments(command: Command, terminal: Terminal): Promise<RunArguments> {
  const given = command.opts<ResumeOptions & { out?: string; overwrite?: boolean }>()
  if (given.overwrite)
    throw new SeparableError(
      'argument',
      `--resume goes on with a run, so there is no --overwrite, ${received(given.overwrite)}`,
    )
  if (given.out !== undefined)
    throw new SeparableError(
      'argument',
      `--resume names the folder of the run, so there is no --out, ${received(given.out)}`,
    )
  const run = given.resume === true ? await newestRun() : (given.resume as string)
  const path = argumentsFile(run)
  if (!existsSync(path)) throw nothingToResume(run)
  const kept = parseJsonObject(await nodePlatform.readFile(path), path)
  if (kept.separable !== VERSION)
    terminal.warn(`the run was started by separable ${kept.separable}; this is ${VERSION}, which may compute otherwise`)
  const [argument, options] = [keptArgument(command, kept), keptOptions(command, kept, path)]
  demandSame(command, argument, options, run)
  const isGiven = (name: string) => command.getOptionValueSource(name) === 'cli'
  const free = Object.entries(given).filter(([name]) => FREE.includes(name) && isGiven(name))
  return { argument, options: { ...options, ...Object.fromEntries(free), resume: run, out: run } }
}

function nothingToResume(run: string): SeparableError {
  const over = existsSync(join(run, MODEL_FILE))
  return new SeparableError(
    'argument',
    over
      ? `--resume: this run is over, its model is ${join(run, MODEL_FILE)}, ${received(run)}`
      : `--resume: there is no interrupted run in this folder, ${received(run)}`,
  )
}

/** Names of runs begin with their date. */
async function newestRun(): Promise<string> {
  const names = existsSync('runs') ? await readdir('runs') : []
  const found = names
    .filter((name) => existsSync(argumentsFile(join('runs', name))))
    .sort()
    .at(-1)
  if (found !== undefined) return join('runs', found)
  throw new SeparableError(
    'argument',
    `--resume: there is no interrupted run in runs: name its folder, ${received(true)}`,
  )
}

/** Files may hold anything: what is read is checked as what is typed. */
function keptArgument(command: Command, { argument }: JsonObject): string | undefined {
  const [declared] = command.registeredArguments
  return typeof argument === 'string' ? declared.parseArg?.(argument, '') : undefined
}

function keptOptions(command: Command, { options }: JsonObject, path: string): RunArguments['options'] {
  if (!isObject(options)) throw new SeparableError('data', `${path} holds no options of a run, ${received(options)}`)
  const checked = command.options.flatMap((option): [string, unknown][] => {
    const name = option.attributeName()
    if (!Object.hasOwn(options, name) || OF_FOLDER.includes(name)) return []
    return [[name, checkedValue(option, options[name])]]
  })
  return Object.fromEntries(checked)
}

function checkedValue(option: Option, value: JsonValue): unknown {
  if (option.isBoolean() || option.negate) return value === true
  return option.parseArg ? option.parseArg(String(value), undefined) : String(value)
}

function demandSame(command: Command, argument: string | undefined, kept: RunArguments['options'], run: string): void {
  const { args, options } = command
  const refuse = (what: string, was: unknown, is: unknown) => {
    const started = was === undefined ? 'without it' : `with ${was}`
    throw new SeparableError(
      'argument',
      `${what} contradicts the run in ${run}, which was started ${started}, ${received(is)}`,
    )
  }
  if (args[0] !== undefined && args[0] !== argument) refuse(command.registeredArguments[0].name(), argument, args[0])
  for (const option of options) {
    const name = option.attributeName()
    const value = command.getOptionValue(name)
    if (command.getOptionValueSource(name) !== 'cli' || [...FREE, ...OF_FOLDER].includes(name)) continue
    if (lasting([name, value])[1] === kept[name]) continue
    refuse(option.long ?? name, kept[name], value)
  }
}

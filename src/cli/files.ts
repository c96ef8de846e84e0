/** @file Where results go: tried before the work begins, left without a trace when nothing comes of it. */
import { constants, existsSync } from 'node:fs'
import { access, readdir, realpath, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { received, SeparableError } from '../base/errors.ts'
import { nodePlatform } from '../node-platform.ts'
import { targetOf } from '../node-write.ts'
import { runFileIn } from './run-folder.ts'
import type { Terminal } from './terminal.ts'

/** Writes text to a file that appears complete or not at all, in a folder that is made if need be. @throws SeparableError (`io`) */
export async function writeText(path: string, text: string): Promise<void> {
  await makeFolderOf(path)
  await nodePlatform.writeFileAtomic(path, new TextEncoder().encode(text))
}

/** The folder that a file is to lie in. @throws SeparableError (`io`) */
export async function makeFolderOf(path: string): Promise<void> {
  const folder = dirname(path)
  if (!existsSync(folder)) await nodePlatform.makeFolder(folder)
}

/** Stands for stdout where `--json` names a file. */
const STDOUT = '-'

/** Whether these arguments want the numbers on stdout, and so nothing else there. */
export function wantsJsonOnStdout(args: readonly string[]): boolean {
  return args.some((arg, i) => arg === `--json=${STDOUT}` || (arg === STDOUT && args[i - 1] === '--json'))
}

/** What `--json` asks for; nothing where it was not given. @throws SeparableError (`io`) */
export async function writeJson(path: string | undefined, text: string, terminal: Terminal): Promise<void> {
  if (path === STDOUT) terminal.writeResult(text)
  else if (path !== undefined) await writeText(path, text)
}

/**
 * Makes sure that a result can be written later, and that nothing is lost then that nobody would expect: what is read for it, or
 * a file of a run. Leaves no trace.
 * @param inputs what the result is made of
 * @throws SeparableError `io` when it cannot be written, `argument` when something would be lost
 */
export async function checkOutput(path: string | undefined, ...inputs: readonly string[]): Promise<void> {
  if (path === undefined || path === STDOUT) return
  const target = await targetOf(path)
  for (const input of inputs)
    if (target.regular && (await isSame(target.path, input)))
      throw new SeparableError('argument', `${path} is what is read: name another file to write, ${received(path)}`)
  const run = runFileIn(target.path)
  if (run !== undefined)
    throw new SeparableError('argument', `${path} belongs to the run in ${run}: name another file, ${received(path)}`)
  await checkWritable(path)
}

async function isSame(path: string, other: string): Promise<boolean> {
  const real = (each: string) => realpath(each).catch(() => resolve(each))
  return (await real(path)) === (await real(other))
}

/** Makes sure that a file can be written later, its folder included, and leaves no trace. @throws SeparableError (`io`) */
export async function checkWritable(path: string): Promise<void> {
  const target = await targetOf(path)
  if (!target.regular) {
    // Opened for nothing, a pipe would end for its reader.
    if (
      await access(path, constants.W_OK).then(
        () => true,
        () => false,
      )
    )
      return
    throw new SeparableError('io', `cannot write ${path}: permission denied, ${received('EACCES')}`)
  }
  const made = missingFolders(dirname(resolve(target.path)))
  try {
    await makeFolderOf(target.path)
    const existed = existsSync(target.path)
    await nodePlatform.appendStream(target.path).close()
    if (!existed) await nodePlatform.remove(target.path)
  } finally {
    await removeEmpty(made)
  }
}

/** The folder of one run. */
export class OutputFolder {
  readonly path: string
  /** The folders that did not exist before, innermost first. */
  readonly #made: readonly string[]

  private constructor(path: string) {
    this.path = path
    this.#made = missingFolders(resolve(path))
  }

  /** Makes the folder at once, so that nobody trains for a folder that cannot be written. @throws SeparableError (`io`) */
  static async make(path: string): Promise<OutputFolder> {
    const folder = new OutputFolder(path)
    try {
      await nodePlatform.makeFolder(path)
      await checkWritable(join(path, 'report.html'))
    } catch (error) {
      await folder.removeIfEmpty()
      throw error
    }
    return folder
  }

  write(name: string, text: string): Promise<void> {
    return writeText(join(this.path, name), text)
  }

  /** Takes back the folders that were made, unless something is in them. */
  removeIfEmpty(): Promise<void> {
    return removeEmpty(this.#made)
  }
}

async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    if (!existsSync(folder)) continue
    if ((await readdir(folder)).length > 0) return
    await rmdir(folder)
  }
}

function missingFolders(path: string): string[] {
  return existsSync(path) ? [] : [path, ...missingFolders(dirname(path))]
}

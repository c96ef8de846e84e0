/** @file Where results go: tried before the work begins, left without a trace when nothing comes of it. */
import { existsSync } from 'node:fs'
import { readdir, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { nodePlatform } from '../node-platform.ts'

/** Writes text to a file that appears complete or not at all. @throws SeparableError (`io`) */
export function writeText(path: string, text: string): Promise<void> {
  return nodePlatform.writeFileAtomic(path, new TextEncoder().encode(text))
}

/** Makes sure that a file can be written later, and leaves no trace. @throws SeparableError (`io`) */
export async function checkWritable(path: string): Promise<void> {
  const existed = existsSync(path)
  await nodePlatform.appendStream(path).close()
  if (!existed) await nodePlatform.remove(path)
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
  async removeIfEmpty(): Promise<void> {
    for (const folder of this.#made) {
      if (!existsSync(folder)) continue
      if ((await readdir(folder)).length > 0) return
      await rmdir(folder)
    }
  }
}

function missingFolders(path: string): string[] {
  return existsSync(path) ? [] : [path, ...missingFolders(dirname(path))]
}

/**
 * @file Writing files in Node: a regular file appears complete or not at all; devices, pipes and what else is not a regular
 * file are written through. Links lead to the file that is written.
 */
import { type FileHandle, open, readdir, readlink, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

/** Where writing ends up. */
interface Target {
  /** Without links. */
  readonly path: string
  /** Whether it is, or will be, a regular file. */
  readonly regular: boolean
  /** Its permissions; undefined while there is none. */
  readonly mode: number | undefined
}

/** As many links in a row as Linux follows. */
const MAX_LINKS = 40

/**
 * Follows links, also those whose target does not exist yet. What /dev and /proc name (/dev/stdout, a process substitution)
 * is never a file of its own, even where it leads to one.
 */
export async function targetOf(path: string): Promise<Target> {
  const found = await statOf(path)
  if (found && !found.isFile() && !found.isDirectory()) return { path, regular: false, mode: found.mode }
  if (/^\/(dev|proc)\/./.test(resolve(path)) && found?.isFile()) return { path, regular: false, mode: found.mode }
  let real = path
  for (let links = 0; links < MAX_LINKS; links++) {
    const next = await readlink(real).catch(() => undefined)
    if (next === undefined) break
    real = resolve(dirname(real), next)
  }
  return { path: real, regular: true, mode: found?.mode }
}

async function statOf(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (isOneOf(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

let temporaryFiles = 0

/** A regular file is replaced in one go, keeps its permissions, and its links lead to the new content. */
export async function writeWhole(path: string, data: Uint8Array): Promise<void> {
  const target = await targetOf(path)
  if (target.regular) return replace(target, data)
  if (data.length === 0) return // opening a pipe for nothing would end it for its reader
  const stream = standardStream(path)
  if (stream) return writeTo(stream, data)
  const file = await open(target.path, 'a')
  try {
    await file.writeFile(data)
  } finally {
    await file.close()
  }
}

/** Opened anew, a file that a shell redirects to would be written at two places at once. */
function standardStream(path: string): NodeJS.WriteStream | undefined {
  const [, name] = /^\/(?:dev\/(?:fd\/)?|proc\/self\/fd\/)(1|2|stdout|stderr)$/.exec(resolve(path)) ?? []
  if (name === undefined) return undefined
  return name === '1' || name === 'stdout' ? process.stdout : process.stderr
}

function writeTo(stream: NodeJS.WriteStream, data: Uint8Array): Promise<void> {
  return new Promise((done, fail) => {
    stream.write(data, (error) => (error ? fail(error) : done()))
  })
}

async function replace({ path, mode }: Target, data: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}-${temporaryFiles++}.tmp`
  await removeLeftovers(path)
  try {
    const file = await open(temporary, 'w')
    try {
      if (mode !== undefined) await keepMode(file, mode)
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    await renameDurably(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function keepMode(file: FileHandle, mode: number): Promise<void> {
  try {
    await file.chmod(mode & 0o777)
  } catch (error) {
    if (!isOneOf(error, 'EPERM', 'ENOTSUP', 'ENOSYS')) throw error // a file system without permissions
  }
}

/** The new name, too, survives when the machine loses its power. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  if (process.platform === 'win32') return // where folders cannot be opened
  const folder = await open(dirname(to))
  try {
    await folder.sync()
  } catch (error) {
    if (!isOneOf(error, 'EINVAL', 'ENOTSUP')) throw error // a file system without such a thing
  } finally {
    await folder.close()
  }
}

/** Removes what processes that were killed had begun to write for this path. */
async function removeLeftovers(path: string): Promise<void> {
  const start = `${basename(path)}.`
  const names = await readdir(dirname(path)).catch(() => [])
  for (const name of names) {
    const [, pid] = (name.startsWith(start) && /^(\d+)-\d+\.tmp$/.exec(name.slice(start.length))) || []
    if (pid && !isRunning(Number(pid))) await rm(join(dirname(path), name), { force: true })
  }
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return !isOneOf(error, 'ESRCH')
  }
}

export function isOneOf(error: unknown, ...codes: string[]): boolean {
  return codes.includes(String((error as NodeJS.ErrnoException).code))
}

/** @file Files, environment and checksums of Node, for `getPlatform`. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, realpath, rm, stat } from 'node:fs/promises'
import { cpus, homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import type { TestRecords } from './backends/wasm/tile-test.ts'
import { received, SeparableError } from './base/errors.ts'
import type { FolderEntry, Platform } from './base/platform.ts'
import { decodeImage } from './node-image.ts'
import { takeLock } from './node-lock.ts'
import { openRegular, readWhole } from './node-read.ts'
import { isOneOf, renameDurably, writeWhole } from './node-write.ts'

export const nodePlatform: Platform = {
  env,
  cacheFolder: () => userCacheFolder(process.platform, env, homedir()),
  fileSize: (path) => attempt('read', path, () => fileSize(path)),
  readFile: (path, most) => attempt('read', path, () => readWhole(path, most)),
  realPath: (path) => attempt('read', path, () => realpath(path)),
  readStream: (path) => Readable.toWeb(Readable.from(readChunks(path))) as ReadableStream<Uint8Array<ArrayBuffer>>,
  appendStream,
  readStart: (path, bytes) => attempt('read', path, () => readStart(path, bytes)),
  writeFileAtomic: (path, data) => attempt('write', path, () => writeWhole(path, data)),
  lock: (path) => attempt('write', path, () => takeLock(path)),
  listFolder: (path) => attempt('read the folder', path, () => listFolder(path)),
  decodeImage,
  makeFolder: (path) => attempt('make the folder', path, () => makeFolder(path)),
  rename: (from, to) => attempt('write', to, () => renameDurably(from, to)),
  remove: (path) => attempt('remove', path, () => rm(path, { force: true })),
  md5,
}

/** The conventional place for caches on each system, in a folder of our own. */
export function userCacheFolder(system: string, env: (name: string) => string | undefined, home: string): string {
  const standard: Record<string, string> = {
    darwin: join(home, 'Library', 'Caches'),
    win32: env('LOCALAPPDATA') ?? join(home, 'AppData', 'Local'),
  }
  return join(env('XDG_CACHE_HOME') ?? standard[system] ?? join(home, '.cache'), 'separable')
}

function env(name: string): string | undefined {
  return process.env[name] || undefined
}

async function fileSize(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path)
    return found.isFile() ? found.size : undefined
  } catch (error) {
    if (isOneOf(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

async function readStart(path: string, bytes: number): Promise<Uint8Array> {
  const file = await openRegular(path)
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(bytes), 0, bytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function appendStream(path: string): WritableStream<Uint8Array> {
  let file: FileHandle
  return new WritableStream({
    start: () =>
      attempt('write', path, async () => {
        file = await open(path, 'a')
      }),
    write: (chunk) => attempt('write', path, () => file.appendFile(chunk)),
    close: () => attempt('write', path, () => file.close()),
    abort: () => file.close(),
  })
}

async function listFolder(path: string): Promise<FolderEntry[]> {
  const entries = await readdir(path, { withFileTypes: true })
  return entries.map((entry) => ({
    name: entry.name,
    kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other',
  }))
}

/** Not in one recursive call: below /proc, that never returns in Node 20. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (isOneOf(error, 'EEXIST')) return
    if (!isOneOf(error, 'ENOENT') || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await mkdir(path)
  }
}

async function md5(path: string): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of readChunks(path)) hash.update(chunk)
  return hash.digest('hex')
}

async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* (await openRegular(path)).createReadStream()
  } catch (error) {
    throw ioError('read', path, error)
  }
}

/** Runs an action on a file; what goes wrong becomes one clear line. */
async function attempt<T>(what: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw ioError(what, path, error)
  }
}

function ioError(what: string, path: string, cause: unknown): SeparableError {
  if (cause instanceof SeparableError) return cause
  const { code, message } = cause as NodeJS.ErrnoException
  // "ENOSPC: no space left on device, write" -> "no space left on device"
  const reason = /^[A-Z0-9]+: (.*?)(, |$)/.exec(message)?.[1] ?? message
  return new SeparableError('io', `cannot ${what} ${path}: ${reason}, ${received(code ?? message)}`, { cause })
}

/**
 * Records in a file `self-tests.json` of a folder, apart for each version of V8 and each processor. What cannot be read
 * counts as no record, and what cannot be written is forgotten: tests are then made again.
 * @param folder default: where downloads are kept
 */
export function fileRecords(folder: string = nodePlatform.cacheFolder()): TestRecords {
  const path = join(folder, 'self-tests.json')
  const machine = `V8 ${process.versions.v8}, ${process.arch}, ${cpus()[0]?.model}`
  const readAll = (): Map<string, unknown> => {
    try {
      return new Map(Object.entries(JSON.parse(readFileSync(path, 'utf8'))))
    } catch {
      return new Map()
    }
  }
  return {
    read(test) {
      const result = readAll().get(`${test}, ${machine}`)
      return typeof result === 'string' ? result : undefined
    },
    write(test, result) {
      const all = readAll().set(`${test}, ${machine}`, result)
      const temporary = `${path}.${process.pid}.tmp`
      try {
        mkdirSync(folder, { recursive: true })
        writeFileSync(temporary, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`)
        renameSync(temporary, path)
      } catch {
        // a folder that cannot be written
      }
    },
  }
}

/** For debugging: writes a file to a folder of this process and says where. */
export function keepInTemporaryFolder(name: string, bytes: Uint8Array): string {
  const folder = join(tmpdir(), `separable-${process.pid}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}

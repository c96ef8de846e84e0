/**
 * @file Locks between processes: a file that says who holds it and is touched now and then. What a process left that is gone,
 * or has not been heard of for a while, is taken over.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { FileLock } from './base/platform.ts'
import { isOneOf, isRunning } from './node-write.ts'

const TOUCH_MS = 15_000
/** Longer than any process should be busy without a breath. */
const FORGOTTEN_MS = 120_000

/** The locks of this process, as their files say: another process may have had the same number. */
const held = new Set<string>()

/** @returns undefined while somebody else holds it */
export async function takeLock(path: string): Promise<FileLock | undefined> {
  const text = `${process.pid} ${hostname()} ${randomUUID()}\n`
  if (!(await made(path, text))) {
    const other = await read(path)
    if (other !== undefined) {
      if (await isHeld(path, other)) return undefined
      await takeAway(path, other)
    }
    if (!(await made(path, text))) return undefined
  }
  held.add(text)
  const timer = setInterval(() => void touch(path), TOUCH_MS)
  timer.unref()
  const removeNow = () => {
    if (readNow(path) === text) rmSync(path, { force: true })
  }
  process.once('exit', removeNow)
  return {
    async release() {
      clearInterval(timer)
      process.off('exit', removeNow)
      held.delete(text)
      if ((await read(path)) === text) await rm(path, { force: true })
    },
  }
}

async function made(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(text).finally(() => file.close())
    return true
  } catch (error) {
    if (isOneOf(error, 'EEXIST')) return false
    throw error
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isOneOf(error, 'ENOENT')) return undefined
    throw error
  }
}

async function isHeld(path: string, text: string): Promise<boolean> {
  const touched = await stat(path).catch(() => undefined)
  if (!touched || Date.now() - touched.mtimeMs > FORGOTTEN_MS) return false
  const [pid, host] = text.split(' ')
  if (host !== hostname()) return true
  return Number(pid) === process.pid ? held.has(text) : isRunning(Number(pid))
}

/** Of several that find a lock forgotten, one gets it out of the way. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch (error) {
    if (isOneOf(error, 'ENOENT')) return
    throw error
  }
  if ((await read(aside)) === text) await rm(aside, { force: true })
  else await rename(aside, path) // somebody was faster, and holds it
}

async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => {}) // gone, or not ours to touch
}

function readNow(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

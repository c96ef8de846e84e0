/** @file Writing through links, pipes and devices, and locks between processes. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodePlatform } from './node-platform.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'separable-write-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const at = (name: string) => join(dir, name)
const write = (path: string, text = 'new') => nodePlatform.writeFileAtomic(path, new TextEncoder().encode(text))

describe('writing a file', () => {
  it('keeps a link, and replaces what it leads to', async () => {
    writeFileSync(at('target'), 'old')
    symlinkSync('target', at('link'))
    symlinkSync('link', at('chain'))
    await write(at('chain'))
    expect([lstatSync(at('link')).isSymbolicLink(), readFileSync(at('target'), 'utf8')]).toEqual([true, 'new'])
    expect(readdirSync(dir).sort()).toEqual(['chain', 'link', 'target'])
  })

  it('makes what a link leads to where it does not exist yet', async () => {
    symlinkSync('later', at('link'))
    await write(at('link'))
    expect([lstatSync(at('link')).isSymbolicLink(), readFileSync(at('later'), 'utf8')]).toEqual([true, 'new'])
  })

  it('keeps the permissions of the file that it replaces', async () => {
    writeFileSync(at('secret'), 'old')
    chmodSync(at('secret'), 0o600)
    await write(at('secret'))
    expect(statSync(at('secret')).mode & 0o777).toBe(0o600)
  })

  it.skipIf(!existsSync('/dev/full'))('writes through a device, which stays, and says when it is full', async () => {
    symlinkSync('/dev/full', at('full'))
    for (const path of ['/dev/full', at('full')])
      await expect(write(path)).rejects.toThrow(`cannot write ${path}: no space left on device, received: "ENOSPC"`)
    await write('/dev/null')
    expect(statSync('/dev/full').isCharacterDevice() && statSync('/dev/null').isCharacterDevice()).toBe(true)
    expect(lstatSync(at('full')).isSymbolicLink()).toBe(true)
  })

  it.skipIf(process.platform === 'win32')('writes through a pipe', async () => {
    execFileSync('/usr/bin/mkfifo', [at('pipe')])
    const [text] = await Promise.all([readFile(at('pipe'), 'utf8'), write(at('pipe'), '{}')])
    expect([text, statSync(at('pipe')).isFIFO()]).toEqual(['{}', true])
  })
})

describe('a lock', () => {
  it('is held by one, and free afterwards', async () => {
    const lock = await nodePlatform.lock(at('lock'))
    expect(await nodePlatform.lock(at('lock'))).toBeUndefined()
    await lock?.release()
    expect(readdirSync(dir)).toEqual([])
  })

  it('is taken over from a process that is gone, and from an earlier one of this number', async () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    for (const left of [`${pid} ${hostname()} a`, `${process.pid} ${hostname()} b`]) {
      writeFileSync(at('lock'), `${left}\n`)
      const lock = await nodePlatform.lock(at('lock'))
      expect(lock).toBeDefined()
      await lock?.release()
      expect(readdirSync(dir)).toEqual([])
    }
  })

  it('of another machine is taken over when it was not heard of for long', async () => {
    writeFileSync(at('lock'), '1 elsewhere a\n')
    expect(await nodePlatform.lock(at('lock'))).toBeUndefined()
    const before = new Date(Date.now() - 600_000)
    utimesSync(at('lock'), before, before)
    expect(await nodePlatform.lock(at('lock'))).toBeDefined()
  })

  it('goes to one of many who want it at the same time', async () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    writeFileSync(at('lock'), `${pid} ${hostname()} a\n`)
    const locks = await Promise.all(Array.from({ length: 8 }, () => nodePlatform.lock(at('lock'))))
    expect(locks.filter(Boolean)).toHaveLength(1)
    await locks.find(Boolean)?.release()
  })
})

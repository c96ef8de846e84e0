/** @file Files, environment and checksums of Node. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { getPlatform, setPlatform } from './base/platform.ts'
import { loadImage } from './data/index.ts'
import { loadModel } from './node.ts'
import { fileRecords, nodePlatform, userCacheFolder } from './node-platform.ts'

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('nodePlatform', () => {
  it('makes folders and writes files in one go', async () => {
    const path = join(folder, 'a/b')
    await nodePlatform.makeFolder(path)
    await nodePlatform.makeFolder(path)
    await nodePlatform.writeFileAtomic(join(path, 'file'), Uint8Array.of(1, 2, 3))
    expect([...(await nodePlatform.readFile(join(path, 'file')))]).toEqual([1, 2, 3])
    expect(await nodePlatform.fileSize(join(path, 'file'))).toBe(3)
    expect(await nodePlatform.md5(join(path, 'file'))).toBe('5289df737df57326fcdd22597afb1fac')
    await nodePlatform.remove(join(path, 'file'))
    expect(readdirSync(path)).toEqual([])
  })

  it('removes what a process that was killed had begun to write, and nothing else', async () => {
    const path = join(folder, 'leftovers')
    await nodePlatform.makeFolder(path)
    const { pid } = spawnSync(process.execPath, ['--version']) // has ended
    const kept = ['net.keras', `net.keras.${process.pid}-7.tmp`, `other.${pid}-0.tmp`, `net.keras.${pid}.tmp`]
    for (const name of [...kept, `net.keras.${pid}-0.tmp`, `net.keras.${pid}-12.tmp`])
      writeFileSync(join(path, name), '')
    await nodePlatform.writeFileAtomic(join(path, 'net.keras'), new Uint8Array(1))
    expect(readdirSync(path).sort()).toEqual(kept.sort())
  })

  it('writes one file from several places at once', async () => {
    const path = join(folder, 'busy')
    await Promise.all([1, 2, 3].map((n) => nodePlatform.writeFileAtomic(path, new Uint8Array(100_000).fill(n))))
    expect(new Set(readFileSync(path)).size).toBe(1)
  })

  it('appends', async () => {
    const path = join(folder, 'appended')
    for (const text of ['one ', 'two'])
      await new Blob([text]).stream().pipeTo(nodePlatform.appendStream(path) as WritableStream)
    expect(readFileSync(path, 'utf8')).toBe('one two')
    let streamed = ''
    for await (const chunk of nodePlatform.readStream(path)) streamed += new TextDecoder().decode(chunk)
    expect(streamed).toBe('one two')
  })

  it('names the path and the reason when it fails, and leaves nothing behind', async () => {
    const file = join(folder, 'plain-file')
    writeFileSync(file, '')
    const inside = join(file, 'below')
    await expect(nodePlatform.writeFileAtomic(inside, new Uint8Array(1))).rejects.toThrow(
      `cannot write ${inside}: not a directory, received: "ENOTDIR"`,
    )
    await expect(nodePlatform.makeFolder(inside)).rejects.toThrow(`cannot make the folder ${inside}`)
    await expect(nodePlatform.readFile(join(folder, 'none'))).rejects.toThrow(/^cannot read .*none: no such file/)
    await expect(nodePlatform.md5(folder)).rejects.toThrow(
      /^cannot read .*it must be a regular file, received: "a folder"$/,
    )
    expect(await nodePlatform.fileSize(inside)).toBeUndefined()
    expect(await nodePlatform.fileSize(folder)).toBeUndefined()
    const target = join(folder, 'taken')
    await nodePlatform.makeFolder(join(target, 'full'))
    await expect(nodePlatform.writeFileAtomic(target, new Uint8Array(1))).rejects.toThrow(`cannot write ${target}`)
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it.each([
    ['linux', {}, '/home/me/.cache/separable'],
    ['linux', { XDG_CACHE_HOME: '/fast' }, '/fast/separable'],
    ['darwin', {}, '/home/me/Library/Caches/separable'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/separable'],
  ])('knows the cache folder of %s with %o', (system, env: Record<string, string>, expected) => {
    expect(userCacheFolder(system, (name) => env[name], '/home/me')).toBe(expected)
  })
})

describe('fileRecords', () => {
  const place = join(folder, 'records')

  it('keeps results for the next process', () => {
    expect(fileRecords(place).read('a')).toBeUndefined()
    fileRecords(place).write('a', '4')
    fileRecords(place).write('__proto__', '6')
    expect([fileRecords(place).read('a'), fileRecords(place).read('b')]).toEqual(['4', undefined])
    expect(readdirSync(place)).toEqual(['self-tests.json'])
    expect(readFileSync(join(place, 'self-tests.json'), 'utf8')).toContain(`V8 ${process.versions.v8}`)
  })

  it.each(['', 'null', '[1]', '{"a": 1', '"a"'])('takes %j for no record', (text) => {
    writeFileSync(join(place, 'self-tests.json'), text)
    expect(fileRecords(place).read('a')).toBeUndefined()
    fileRecords(place).write('a', '6')
    expect(fileRecords(place).read('a')).toBe('6')
  })

  it('goes on where nothing can be kept', () => {
    writeFileSync(join(folder, 'file'), '')
    const records = fileRecords(join(folder, 'file', 'below'))
    records.write('a', '4')
    expect(records.read('a')).toBeUndefined()
  })
})

describe('getPlatform', () => {
  it('says what to do where there is none', () => {
    setPlatform(undefined)
    expect(getPlatform).toThrow(/no file system: .*parseCifar10/)
    setPlatform(nodePlatform)
    expect(getPlatform()).toBe(nodePlatform)
  })
})

describe.skipIf(process.platform === 'win32')('only regular files are read, each with one clear line', () => {
  const pipe = join(folder, 'pipe')
  spawnSync('mkfifo', [pipe])
  const message = (path: string, kind: string) => `cannot read ${path}: it must be a regular file, received: "${kind}"`

  it.each([
    ['/dev/zero', 'a device'],
    [pipe, 'a pipe'],
    [folder, 'a folder'],
  ])('%s', async (path, kind) => {
    await expect(nodePlatform.readFile(path)).rejects.toThrow(message(path, kind))
    await expect(nodePlatform.md5(path)).rejects.toThrow(message(path, kind))
    await expect(loadImage(path)).rejects.toThrow(message(path, kind))
    if (kind !== 'a folder') await expect(loadModel(path)).rejects.toThrow(message(path, kind))
  })

  it('a link to a device is no way round that', async () => {
    const link = join(folder, 'link.keras')
    symlinkSync('/dev/zero', link)
    await expect(loadModel(link)).rejects.toThrow(message(link, 'a device'))
  })

  it('a file that is larger than it may be is not read', async () => {
    const path = join(folder, 'large')
    writeFileSync(path, '')
    truncateSync(path, 2 ** 32)
    await expect(nodePlatform.readFile(path)).rejects.toThrow(
      `${path} is too large: at most 2147483647 bytes, received: 4294967296`,
    )
    await expect(nodePlatform.readFile(path, 100)).rejects.toThrow(`${path} is too large: at most 100 bytes`)
  })

  it.skipIf(!existsSync('/proc/self/status'))(
    'a file that does not know its size is read, up to the limit',
    async () => {
      expect((await nodePlatform.readFile('/proc/self/status')).length).toBeGreaterThan(100)
      await expect(nodePlatform.readFile('/proc/self/status', 10)).rejects.toThrow('is too large: at most 10 bytes')
    },
  )
})

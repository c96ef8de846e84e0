/** @file Where files are looked for, when they are downloaded, and how archives are unpacked. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { setPlatform } from '../base/platform.ts'
import { nodePlatform } from '../node-platform.ts'
import type { RemoteFile } from './download.ts'
import { downloadSource, findSource, readSourceFile, requireSource, type Source } from './source.ts'

const PIECES = { one: Buffer.alloc(5000, 1), two: Buffer.alloc(70_000, 2) }
const FACTS = { title: '', classes: [], imageShape: [1, 1, 1], trainImages: 0, testImages: 0 } as const
const FILES = { one: 5000, two: 70_000 }

let server: Server
let requests: number
let served: Record<string, Buffer>
let archive: Buffer
let packed: Source
let loose: Source
let root: string

beforeAll(async () => {
  setPlatform(nodePlatform)
  archive = await tarGz(PIECES)
  served = { '/all.tar.gz': archive, '/one.gz': gzipSync(PIECES.one), '/two.gz': gzipSync(PIECES.two) }
  server = createServer(({ url }, response) => {
    requests++
    response.end(served[url ?? ''])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  packed = { ...FACTS, name: 'packed', folder: 'inner', flat: true, files: FILES, remote: remoteFile('all.tar.gz') }
  loose = { ...FACTS, name: 'loose', folder: 'loose', files: FILES, remote: ['one.gz', 'two.gz'].map(remoteFile) }
})
afterAll(() => server.close())
beforeEach(() => {
  requests = 0
  root = mkdtempSync(join(tmpdir(), 'separable-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

function remoteFile(name: string): RemoteFile {
  const content = served[`/${name}`]!
  const md5 = createHash('md5').update(content).digest('hex')
  const { port } = server.address() as AddressInfo
  return { name, url: `http://127.0.0.1:${port}/${name}`, bytes: content.length, md5 }
}

async function tarGz(files: Record<string, Buffer>): Promise<Buffer> {
  const entries = Object.entries({ 'readme.html': Buffer.from('hello'), ...files })
  return gzipSync(
    await packTar(entries.map(([name, body]) => ({ header: { name: `inner/${name}`, size: body.length }, body }))),
  )
}

function place(folder: string, names: readonly string[] = Object.keys(PIECES)): void {
  mkdirSync(folder, { recursive: true })
  for (const name of names) writeFileSync(join(folder, name), PIECES[name as keyof typeof PIECES])
}

describe('requireSource', () => {
  it('finds the folder itself, and its folder below', async () => {
    place(root)
    expect(await requireSource(packed, { dataDir: root })).toBe(root)
    place(join(root, 'inner'))
    expect(await requireSource(packed, { dataDir: root })).toBe(`${root}/inner`)
    expect(await findSource(loose, { dataDir: root })).toBeUndefined()
  })

  it('takes the folder from SEPARABLE_DATA, else the cache folder', async () => {
    vi.stubEnv('SEPARABLE_DATA', root)
    place(join(root, 'loose'))
    expect(await requireSource(loose, {})).toBe(`${root}/loose`)
    vi.stubEnv('SEPARABLE_DATA', '')
    vi.stubEnv('XDG_CACHE_HOME', join(root, 'cache'))
    expect(await findSource(loose, {})).toBeUndefined()
    expect(await requireSource(loose, {})).toBe(join(root, 'cache/separable/loose'))
    expect(requests).toBe(2)
  })

  it('does not download into a folder that was named, but says what it looked for', async () => {
    place(root, ['one'])
    await expect(requireSource(packed, { dataDir: root })).rejects.toThrow(
      `packed is not there: ${root}/inner has no one and 1 more; ${root} has no two; get it with ` +
        `"separable data download packed" or say where it is with --data-dir or SEPARABLE_DATA, received: `,
    )
    expect(requests).toBe(0)
    expect(await requireSource(packed, { dataDir: root, download: true })).toBe(`${root}/inner`)
  })

  it('uses an archive that lies in the folder, and leaves it there', async () => {
    writeFileSync(join(root, 'all.tar.gz'), archive)
    expect(await requireSource(packed, { dataDir: root })).toBe(`${root}/inner`)
    expect(requests).toBe(0)
    expect(readdirSync(root).sort()).toEqual(['all.tar.gz', 'inner'])
  })

  it('refuses an archive that is not the published one', async () => {
    writeFileSync(join(root, 'all.tar.gz'), archive.subarray(0, 100))
    await expect(requireSource(packed, { dataDir: root })).rejects.toThrow(/all.tar.gz is not http.* the md5 sum/)
    expect(readdirSync(root)).toEqual(['all.tar.gz'])
  })
})

describe('downloadSource', () => {
  it('asked for twice at once, downloads once: one waits for the other, and says so', async () => {
    const waits: string[] = []
    for (const source of [packed, loose]) {
      requests = 0
      const ask = () => downloadSource(source, { dataDir: root, onWait: (lock) => waits.push(lock) })
      const folders = await Promise.all([ask(), ask(), ask()])
      expect(new Set(folders)).toEqual(new Set([`${root}/${source.folder}`]))
      expect(requests).toBe([source.remote].flat().length)
    }
    expect(waits).toEqual(['inner', 'inner', 'loose', 'loose'].map((name) => `${root}/${name}.lock`))
    expect(readdirSync(root).sort()).toEqual(['inner', 'loose'])
  })

  it('takes over from a process that was killed, with what it has left', async () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    writeFileSync(join(root, 'inner.lock'), `${pid} ${hostname()} x\n`)
    writeFileSync(join(root, 'all.tar.gz.part'), archive.subarray(0, 50))
    expect(await downloadSource(packed, { dataDir: root })).toBe(`${root}/inner`)
    expect(readdirSync(root)).toEqual(['inner'])
  })

  it('stops waiting when its signal says so', async () => {
    const lock = await nodePlatform.lock(join(root, 'inner.lock'))
    const controller = new AbortController()
    const options = { dataDir: root, signal: controller.signal, onWait: () => controller.abort() }
    await expect(downloadSource(packed, options)).rejects.toThrow('This operation was aborted')
    await lock?.release()
  })

  it('unpacks the wanted files of an archive and removes it', async () => {
    const folder = await downloadSource(packed, { dataDir: root })
    expect(readdirSync(root)).toEqual(['inner'])
    expect(readdirSync(folder).sort()).toEqual(['one', 'two'])
    expect(readFileSync(join(folder, 'two')).equals(PIECES.two)).toBe(true)
  })

  it('refuses an archive without a wanted file', async () => {
    served['/poor.tar.gz'] = await tarGz({ one: PIECES.one, two: PIECES.one })
    const poor = { ...packed, remote: remoteFile('poor.tar.gz') }
    await expect(downloadSource(poor, { dataDir: root })).rejects.toThrow(/has no two of 70000 bytes/)
  })

  it.each([
    ['cut off', (whole: Buffer) => whole.subarray(0, whole.length / 2)],
    ['no gzip', () => Buffer.from('no gzip at all')],
    ['no tar', () => gzipSync(Buffer.alloc(2000, 7))],
  ])('refuses an archive that is %s', async (_, damage) => {
    served['/damaged.tar.gz'] = damage(archive)
    const damaged = { ...packed, remote: remoteFile('damaged.tar.gz') }
    await expect(downloadSource(damaged, { dataDir: root })).rejects.toThrow(
      /damaged.tar.gz is not a complete .tar.gz archive, received: [^\n]+$/,
    )
  })

  it('fetches only what is missing', async () => {
    await downloadSource(loose, { dataDir: root })
    expect(requests).toBe(2)
    rmSync(join(root, 'loose/one.gz'))
    expect(await downloadSource(loose, { dataDir: root })).toBe(`${root}/loose`)
    expect(requests).toBe(3)
    const { path, bytes } = await readSourceFile(loose, `${root}/loose`, 'two')
    expect(path).toBe(`${root}/loose/two.gz`)
    expect(Buffer.from(bytes).equals(PIECES.two)).toBe(true)
  })
})

describe('readSourceFile', () => {
  it.each([
    ['one', Buffer.alloc(5001), /one is too long: at most 5000 bytes, received: 5001 bytes$/],
    ['one.gz', gzipSync(Buffer.alloc(10_000_000)), /one.gz is not a complete gzip file, .*more than 5000 bytes$/],
    ['one.gz', gzipSync(PIECES.one).subarray(0, 20), /one.gz is not a complete gzip file, received: /],
    ['one.gz', PIECES.one, /one.gz is not a complete gzip file, received: /],
  ])('refuses %s that is too long or damaged', async (name, content, message) => {
    writeFileSync(join(root, name), content)
    await expect(readSourceFile(loose, root, 'one')).rejects.toThrow(message)
  })

  it('says when the file has gone', async () => {
    await expect(readSourceFile(loose, root, 'one')).rejects.toThrow(/^cannot read .*one.gz: no such file/)
  })
})

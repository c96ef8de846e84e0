/** @file Downloads from a server of our own: resumed, refused, broken off, wrong. */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { setPlatform } from '../base/platform.ts'
import { nodePlatform } from '../node-platform.ts'
import { type DownloadProgress, downloadFile, type RemoteFile } from './download.ts'

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251))

let server: Server
let url: string
let folder: string
let path: string
let remote: RemoteFile
let ranges: (string | undefined)[]
let answer: RequestListener

const sendAll: RequestListener = (_, response) => response.end(CONTENT)
const sendRange: RequestListener = ({ headers }, response) => {
  const begin = Number(/bytes=(\d+)-/.exec(headers.range ?? 'bytes=0-')?.[1])
  if (headers.range)
    response.writeHead(206, { 'Content-Range': `bytes ${begin}-${CONTENT.length - 1}/${CONTENT.length}` })
  response.end(CONTENT.subarray(begin))
}
/** Promises everything and hangs up in the middle. */
const breakOff: RequestListener = (_, response) => {
  response.writeHead(200, { 'Content-Length': CONTENT.length })
  response.write(CONTENT.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50))
}

async function listen(on: Server): Promise<string> {
  await new Promise<void>((resolve) => on.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(on.address() as AddressInfo).port}/data.bin`
}

beforeAll(async () => {
  setPlatform(nodePlatform)
  server = createServer((request, response) => {
    ranges.push(request.headers.range)
    answer(request, response)
  })
  url = await listen(server)
})
afterAll(() => server.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'separable-'))
  path = `${folder}/new/data.bin`
  ranges = []
  remote = {
    name: 'data.bin',
    url,
    bytes: CONTENT.length,
    md5: createHash('md5').update(CONTENT).digest('hex'),
  }
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('downloadFile', () => {
  it('downloads, reports progress and leaves only the file', async () => {
    answer = sendAll
    const progress: DownloadProgress[] = []
    await downloadFile(remote, path, { onProgress: (event) => progress.push(event) })
    expect(readFileSync(path).equals(CONTENT)).toBe(true)
    expect(readdirSync(join(folder, 'new'))).toEqual(['data.bin'])
    expect(progress.at(-1)).toEqual({ file: 'data.bin', receivedBytes: CONTENT.length, totalBytes: CONTENT.length })
  })

  it('resumes after the connection broke', async () => {
    answer = breakOff
    await expect(downloadFile(remote, path, {})).rejects.toThrow(
      /^cannot download http.*data.bin: .*; check the network and try again, it resumes where it stopped, received: /,
    )
    expect(existsSync(path)).toBe(false)
    const arrived = readFileSync(`${path}.part`).length
    expect(arrived).toBeGreaterThan(0)
    answer = sendRange
    await downloadFile(remote, path, {})
    expect(ranges).toEqual([undefined, `bytes=${arrived}-`])
    expect(readFileSync(path).equals(CONTENT)).toBe(true)
  })

  it('starts over where the server cannot resume, and fetches nothing when all is there', async () => {
    await nodePlatform.makeFolder(join(folder, 'new'))
    writeFileSync(`${path}.part`, 'something else')
    answer = sendAll
    await downloadFile(remote, path, {})
    expect(readFileSync(path).equals(CONTENT)).toBe(true)
    await nodePlatform.rename(path, `${path}.part`)
    await downloadFile(remote, path, {})
    expect(ranges).toEqual(['bytes=14-'])
    expect(existsSync(path)).toBe(true)
  })

  it('throws away a file with a wrong md5 sum', async () => {
    answer = sendAll
    const wrong = { ...remote, md5: '0'.repeat(32) }
    await expect(downloadFile(wrong, path, {})).rejects.toThrow(
      new RegExp(`data.bin.* expected the md5 sum 0{32}, received: "${remote.md5}"$`),
    )
    expect(readdirSync(join(folder, 'new'))).toEqual([])
  })

  it('throws away a file that is too long', async () => {
    answer = sendAll
    await expect(downloadFile({ ...remote, bytes: 1000 }, path, {})).rejects.toThrow(
      /data.bin is not 1000 bytes long, received: \d+ bytes or more$/,
    )
    expect(readdirSync(join(folder, 'new'))).toEqual([])
  })

  it('keeps what came of a file that ended early', async () => {
    answer = (_, response) => response.end(CONTENT.subarray(0, 10))
    await expect(downloadFile(remote, path, {})).rejects.toThrow(
      /the connection ended after 10 of 300000 bytes; .*received: 10$/,
    )
    expect(readdirSync(join(folder, 'new'))).toEqual(['data.bin.part'])
  })

  it('reports a refusal, and leaves nothing', async () => {
    answer = (_, response) => response.writeHead(404).end('<html>')
    await expect(downloadFile(remote, path, {})).rejects.toThrow(
      `cannot download ${remote.url}: the server refused (Not Found), received: 404`,
    )
    expect(readdirSync(folder)).toEqual([])
  })

  it('reports a server that is not there, and leaves nothing', async () => {
    const gone = createServer()
    const url = await listen(gone)
    await new Promise((resolve) => gone.close(resolve))
    await expect(downloadFile({ ...remote, url }, path, {})).rejects.toThrow(
      /^cannot download http[^\n]*: connect ECONNREFUSED [^\n]* received: "ECONNREFUSED"$/,
    )
    expect(readdirSync(folder)).toEqual([])
  })

  it('stops with the reason of the signal', async () => {
    answer = breakOff
    const stop = new AbortController()
    const reason = new Error('enough')
    const download = downloadFile(remote, path, { signal: stop.signal, onProgress: () => stop.abort(reason) })
    await expect(download).rejects.toBe(reason)
    expect(existsSync(path)).toBe(false)
  })
})

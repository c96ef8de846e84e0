/** @file A static server on localhost for browser tests: the built library, an empty page and the module under test. */
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, sep } from 'node:path'

export interface PageServer {
  /** `http://localhost:PORT` */
  readonly origin: string
  close(): Promise<void>
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

/** With these a page is cross-origin isolated, which browsers ask for before they share memory between threads. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

/**
 * Serves `/` (an empty page), `/module.js` (the given source) and `/dist/...` (files below `distDir`).
 * @throws when no port can be opened
 */
export async function servePage(options: {
  distDir: string
  moduleSource: string
  isolated: boolean
}): Promise<PageServer> {
  const generated = new Map([
    ['/', '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>test</title>'],
    ['/module.js', options.moduleSource],
  ])
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const body = generated.get(path) ?? (await readBelow(options.distDir, path))
    response.writeHead(body === undefined ? 404 : 200, {
      'Content-Type': TYPES[extname(path) || '.html'] ?? 'application/octet-stream',
      'Cache-Control': 'no-store',
      ...(options.isolated ? ISOLATION : {}),
    })
    response.end(body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, 'localhost', resolve)
  })
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, close: () => close(server) }
}

async function readBelow(distDir: string, path: string): Promise<Buffer | undefined> {
  const file = normalize(join(distDir, decodeURIComponent(path.replace(/^\/dist\//, ''))))
  if (!path.startsWith('/dist/') || !file.startsWith(distDir + sep)) return undefined
  return readFile(file).catch(() => undefined)
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

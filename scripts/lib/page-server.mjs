/** @file A static server on localhost for pages run by the browser tests and the bench. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, sep } from 'node:path'

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

/** With these a page is cross-origin isolated, which browsers ask for before they share memory between threads. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

const EMPTY_PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>page</title>'

/**
 * Serves `/` (an empty page unless given), each text at its path, and the files of each folder below its prefix.
 * @param {{ texts?: Record<string, string>, folders?: Record<string, string>, isolated: boolean, policy?: string,
 *   missing?: string }} options prefixes of `folders` start and end with a slash; `policy` is a Content-Security-Policy;
 *   `missing` is not found, whatever there is
 * @returns {Promise<{ origin: string, close(): Promise<void> }>} `origin` is `http://localhost:PORT`
 */
export async function servePage({ texts = {}, folders = {}, isolated, policy, missing }) {
  const generated = new Map(Object.entries({ '/': EMPTY_PAGE, ...texts }))
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const body = path === missing ? undefined : (generated.get(path) ?? (await readBelow(folders, path)))
    response.writeHead(body === undefined ? 404 : 200, {
      'Content-Type': TYPES[extname(path) || '.html'] ?? 'application/octet-stream',
      'Cache-Control': 'no-store',
      ...(isolated ? ISOLATION : {}),
      ...(policy ? { 'Content-Security-Policy': policy } : {}),
    })
    response.end(body)
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, 'localhost', () => resolve(undefined))
  })
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return { origin: `http://localhost:${port}`, close: () => close(server) }
}

/** @param {Record<string, string>} folders @param {string} path @returns {Promise<Buffer | undefined>} */
async function readBelow(folders, path) {
  const found = Object.entries(folders).find(([prefix]) => path.startsWith(prefix))
  if (!found) return undefined
  const [prefix, folder] = found
  const file = join(folder, decodeURIComponent(path.slice(prefix.length)))
  return file.startsWith(join(folder, sep)) ? readFile(file).catch(() => undefined) : undefined
}

/** @param {import('node:http').Server} server @returns {Promise<void>} */
function close(server) {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

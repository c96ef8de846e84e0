/**
 * @file TensorFlow.js (wasm backend with SIMD and threads) as a peer of the bench: inference only, it cannot train a
 * convolution. It has threads only in browsers, so it runs in headless Chromium, in one page for each number of threads.
 * Speaks JSON lines, see ../contestants.mjs.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { findBrowser, launchBrowser } from '../../scripts/lib/browser.mjs'
import { servePage } from '../../scripts/lib/page-server.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const NETWORKS = JSON.parse(readFileSync(new URL('../networks.json', import.meta.url), 'utf8'))

function requireInstalled() {
  if (!existsSync(`${HERE}node_modules/@tensorflow`)) throw new Error('run `npm --prefix bench/peers ci`')
  const executable = findBrowser()
  if (!executable) throw new Error('no Chromium or Chrome found')
  return executable
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @param {number} threads
 */
async function openPage(browser, origin, threads) {
  const page = await browser.newPage()
  // Its thread pool takes at most half of the cores that the browser reports.
  await page.addInitScript(`Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => ${2 * threads} })`)
  await page.goto(`${origin}/peers/tfjs.html`)
  const hello = await page.evaluate(`peer.start(${JSON.stringify(NETWORKS)}, ${threads})`)
  if (hello.threads !== threads) throw new Error(`TensorFlow.js runs ${hello.threads} threads, asked for ${threads}`)
  return { page, hello }
}

async function main() {
  const browser = await launchBrowser(requireInstalled())
  const server = await servePage({ folders: { '/peers/': HERE }, isolated: true })
  const first = await openPage(browser, server.origin, 1)
  const pages = new Map([[1, first.page]])
  const { version, params } = first.hello
  console.log(JSON.stringify({ version, params, systems: [{ name: 'tfjs-wasm', tasks: ['infer'] }] }))

  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    const page = pages.get(request.threads) ?? (await openPage(browser, server.origin, request.threads)).page
    pages.set(request.threads, page)
    console.log(JSON.stringify({ ms: await page.evaluate(`peer.measure(${line})`) }))
  }
  await browser.close()
  await server.close()
}

main().catch((error) => {
  console.error(error.message.split('\n')[0])
  process.exit(1)
})

/** @file A server whose bundler left the worker file behind: one thread, and a note that names the cure. Needs `npm run build`. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const PROGRAM = `
import { configure, input, layers, NdArray, sequential } from './node_modules/separable/dist/node.js'
configure({ threads: 2 })
const net = sequential([input({ shape: [3] }), layers.dense({ units: 2 })])
net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
await net.fit(new NdArray(new Float32Array(12), [4, 3]), new NdArray(new Float32Array(8), [4, 2]), { verbose: 0 })
console.log((await net.engine()).threads)
await net.dispose()
`

it('a bundler that moved the workers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'separable-moved-'))
  const copy = join(folder, 'node_modules/separable')
  mkdirSync(copy, { recursive: true })
  cpSync(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  rmSync(join(copy, 'dist/backends/wasm/worker.js'))
  writeFileSync(join(folder, 'main.mjs'), PROGRAM)
  const { stdout, stderr, status } = spawnSync(process.execPath, ['main.mjs'], { cwd: folder, encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  expect({ stdout, status }).toEqual({ stdout: '1\n', status: 0 })
  expect(stderr).toMatch(
    /^warning: workers do not start \(Cannot find module .*worker\.js'.*\): computing on one thread/,
  )
  expect(stderr).toContain("serverExternalPackages: ['separable']")
})

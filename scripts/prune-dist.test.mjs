/** @file Pruning removes what has no source any more, and nothing when it does not know the sources. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { pruneDist } from './prune-dist.mjs'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dist-'))
  mkdirSync(join(root, 'dist/ops'), { recursive: true })
  for (const name of ['node.js', 'node.d.ts', 'ops/add.js', 'ops/gone.js', 'ops/gone.d.ts', 'old.js'])
    writeFileSync(join(root, 'dist', name), '')
})
afterEach(() => rmSync(root, { recursive: true }))

/** @param {string[]} fileNames what the compiler has read */
function built(...fileNames) {
  writeFileSync(join(root, 'dist/.tsbuildinfo'), JSON.stringify({ fileNames }))
}

it('removes what has no source', () => {
  built('../node_modules/x/lib.d.ts', '../src/node.ts', '../src/ops/add.js')
  expect(pruneDist(root).sort()).toEqual(['old.js', join('ops', 'gone.d.ts'), join('ops', 'gone.js')])
  expect(readdirSync(join(root, 'dist')).sort()).toEqual(['.tsbuildinfo', 'node.d.ts', 'node.js', 'ops'])
  expect(readdirSync(join(root, 'dist/ops'))).toEqual(['add.js'])
})

it('removes nothing when no source is known', () => {
  built('../node_modules/x/lib.d.ts')
  expect(() => pruneDist(root)).toThrow('.tsbuildinfo names no file of src')
  expect(readdirSync(join(root, 'dist'))).toContain('old.js')
})

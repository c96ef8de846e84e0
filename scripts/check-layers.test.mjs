/** @file The layer check finds each kind of breach, at its file and line, and lets good source pass. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { checkProject } from './check-layers.mjs'

/** @type {string[]} */
const temporary = []
afterEach(() => {
  for (const dir of temporary.splice(0)) rmSync(dir, { recursive: true })
})

/**
 * Checks a project of these files; those without a header get one, on the first line.
 * @param {Record<string, string>} files
 * @returns {string[]} `file:line message`
 */
function problemsOf(files) {
  const dir = mkdtempSync(join(tmpdir(), 'layers-'))
  temporary.push(dir)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), `/** @file For a test. */ ${text}\n`)
  }
  return checkProject(dir).map(({ path, line, message }) => `${path}:${line} ${message}`)
}

/** @param {number} count */
const lines = (count) => Array.from({ length: count }, () => '//').join('\n')

describe('layers', () => {
  it('lets a file import from lower layers and its own folder', () => {
    const files = {
      'src/base/errors.ts': 'export const x = 1',
      'src/ops/pool/op.ts': "import '../../base/errors.ts'",
      'src/ops/conv/op.ts': "import { y } from '../pool/op.ts'",
      'src/node-platform.ts': "import { readFileSync } from 'node:fs'",
      'src/node.ts': "import './node-platform.ts'\nexport * from './index.ts'",
      'src/index.ts': "export * from './ops/conv/op.ts'",
    }
    expect(problemsOf(files)).toEqual([])
  })

  it.each([
    ['a higher layer', 'src/base/a.ts', "import { x } from '../backends/b.ts'"],
    ['another folder of the same layer', 'src/nn/a.ts', "import type { x } from '../data/b.ts'"],
    ['a file at the rim', 'src/backends/a.ts', "import '../node.ts'"],
  ])('rejects an import from %s', (_, path, text) => {
    expect(problemsOf({ [path]: `\n${text}` })).toEqual([expect.stringMatching(`^${path}:2 .* must not import src/`)])
  })

  it.each([
    ["export * from '../backends/b.ts'"],
    ["export const load = () => import('../backends/b.ts')"],
    ["export type B = import('../backends/b.ts').B"],
  ])('sees the import in %s', (text) => {
    expect(problemsOf({ 'src/base/a.ts': text })).toHaveLength(1)
  })

  it('keeps passes away from code, and those that serve every machine away from any', () => {
    const files = {
      'src/codegen/expr.ts': 'export const x = 1',
      'src/ops/cpu/contract.ts': 'export const x = 1',
      'src/passes/cpu/lower.ts':
        "import { x } from '../../ops/cpu/contract.ts'\nimport { y } from '../../codegen/expr.ts'",
      'src/passes/fuse.ts': "import type { x } from './cpu/lower.ts'",
      'src/passes/other.ts': "import type { x } from '../ops/cpu/contract.ts'",
    }
    expect(problemsOf(files)).toEqual([
      'src/passes/cpu/lower.ts:2 must not import src/codegen/expr.ts: a plan is data, backends emit the code',
      'src/passes/fuse.ts:1 must not import src/passes/cpu/lower.ts: these passes know no machine',
      'src/passes/other.ts:1 must not import src/ops/cpu/contract.ts: these passes know no machine',
    ])
  })

  it('rejects imports that leave src, imports of tests and unknown folders', () => {
    expect(problemsOf({ 'src/base/a.ts': "import '../../bench/run.mjs'" })[0]).toContain('from outside src')
    expect(problemsOf({ 'src/base/a.ts': "import './b.test.ts'" })[0]).toContain('imports the test')
    expect(problemsOf({ 'src/helpers/a.ts': '' })[0]).toContain('src/helpers is not in the table')
  })

  it('lets tests import any layer', () => {
    expect(problemsOf({ 'src/base/a.test.ts': "import '../backends/b.ts'\nimport 'node:fs'" })).toEqual([])
  })

  it('rejects cycles, also through types', () => {
    const files = {
      'src/ir/a.ts': "import './b.ts'",
      'src/ir/b.ts': "import './c.ts'",
      'src/ir/c.ts': "\nimport type { A } from './a.ts'",
    }
    expect(problemsOf(files)).toEqual([
      'src/ir/a.ts:1 import cycle: src/ir/a.ts -> src/ir/b.ts -> src/ir/c.ts -> src/ir/a.ts',
    ])
  })
})

describe('platform', () => {
  it.each([
    ['process.exit()'],
    ['globalThis.process.exit()'],
    ['const w = new Worker(url)'],
    ["import { readFileSync } from 'node:fs'"],
    ["import { readFileSync } from 'fs'"],
    ['document.body.append(x)'],
    ['const context = { navigator }'],
  ])('rejects %s below the rim', (text) => {
    expect(problemsOf({ 'src/backends/a.ts': `\n${text}` })).toEqual([
      expect.stringMatching(/^src\/backends\/a.ts:2 uses /),
    ])
  })

  it('lets the rim and the worker entry use it, and others use the same words for their own things', () => {
    const files = {
      'src/node.ts': 'process.exit()',
      'src/cli/main.ts': 'process.exit()',
      'src/backends/wasm/worker.js': "import 'node:worker_threads'",
      'src/report/a.ts': 'function html(document: string) { return document + this.process + { navigator: 1 } }',
      'src/base/a.ts': 'export interface Platform { spawn(url: string): Worker; document: string }',
    }
    expect(problemsOf(files)).toEqual([])
  })

  it('rejects Math.random everywhere in src', () => {
    expect(problemsOf({ 'src/node.ts': '\nMath.random()' })).toEqual([
      expect.stringContaining('src/node.ts:2 Math.random'),
    ])
    expect(problemsOf({ 'src/base/a.test.ts': 'Math.random()' })).toHaveLength(1)
  })
})

describe('op names', () => {
  const ops = {
    'src/ops/conv2d/op.ts': 'export const conv2d: OpDef = { name: "conv2d", traits: {} }',
    'src/ops/pool/op.ts': 'export const maxPool: OpDef = { name: "maxPool2d", traits: {} }',
  }

  it.each(['passes', 'autodiff', 'backends'])('rejects them in %s, by folder and by definition', (folder) => {
    const path = `src/${folder}/a.ts`
    const text = "\nif (node.op.name === 'pool') x()\nif (node.op.name === `maxPool2d`) x()"
    expect(problemsOf({ ...ops, [path]: text })).toEqual([
      `${path}:2 names the op 'pool': ask its traits instead`,
      `${path}:3 names the op 'maxPool2d': ask its traits instead`,
    ])
  })

  it('lets others name them', () => {
    expect(problemsOf({ ...ops, 'src/nn/a.ts': "x('pool')", 'src/passes/b.ts': "x('something')" })).toEqual([])
  })
})

describe('size', () => {
  it('rejects long files and long functions, but not long suites', () => {
    expect(problemsOf({ 'src/base/a.ts': lines(421) })).toEqual(['src/base/a.ts:421 file has 421 lines, more than 420'])
    expect(problemsOf({ 'test/a.ts': `\nfunction f() {\n${lines(59)}\n}` })).toEqual([
      'test/a.ts:2 function f has 61 lines, more than 60',
    ])
    expect(problemsOf({ 'test/a.ts': `describe('x', () => {\n${lines(59)}\n})` })).toEqual([])
  })

  it('rejects files without a header', () => {
    const dir = mkdtempSync(join(tmpdir(), 'layers-'))
    temporary.push(dir)
    mkdirSync(join(dir, 'scripts'))
    writeFileSync(join(dir, 'scripts/a.mjs'), '#!/usr/bin/env node\n// no header\n')
    writeFileSync(join(dir, 'scripts/b.mjs'), '#!/usr/bin/env node\n/**\n * @file With one. */\n')
    expect(checkProject(dir).map(({ path }) => path)).toEqual(['scripts/a.mjs'])
  })
})

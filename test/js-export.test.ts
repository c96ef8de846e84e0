/** @file Exported modules predict what their models do: every kind of layer, and networks of the zoo. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runCli } from '../src/cli/program.ts'
import { FakeTerminal } from '../src/cli/testing.ts'
import { type ExportJsArgs, exportJs } from '../src/js/index.ts'
import { type ZooArgs, zoo } from '../src/models/index.ts'
import { CHECKS } from '../src/nn/layers/checks.ts'
import { layers } from '../src/nn/layers/index.ts'
import { input } from '../src/nn/layers/input.ts'
import { configure } from '../src/node.ts'
import type { Shape } from '../src/tensor/ndarray.ts'
import { model } from '../src/train/functional.ts'
import type { Model } from '../src/train/model.ts'
import { sequential } from '../src/train/sequential.ts'
import { randomArray, randomise } from './trained.ts'

/** What the self-test of an export allows, too. */
const TOLERANCE = 1e-5

/** Both outputs for the same numbers: the model's and the exported module's. */
async function both(net: Model, args?: ExportJsArgs) {
  const xs = net.inputs.map(({ shape }, i) => randomArray([1, ...(shape.slice(1) as Shape)], i + 7))
  try {
    const [{ data: expected }] = await net.predictAll(xs)
    const { text } = await exportJs(net, args)
    const module = await import(`data:text/javascript,${encodeURIComponent(text)}`)
    const given = xs.map(({ data }) => data)
    return { expected, found: module.predict(given.length === 1 ? given[0] : given) as Float32Array, xs }
  } finally {
    await net.dispose()
  }
}

async function expectSame(net: Model): Promise<void> {
  const { expected, found } = await both(net)
  expect(found).toHaveLength(expected.length)
  const largest = Math.max(...expected.map(Math.abs))
  expect(Math.max(...found.map((x, i) => Math.abs(x - expected[i]))) / largest).toBeLessThan(TOLERANCE)
}

describe('an exported module computes what the model does', () => {
  configure({ threads: 1 })

  it.each(CHECKS.map((check) => [check.make().className, check] as const))('%s', async (_, { make, inputs }) => {
    const entrances = inputs.map((shape) => input({ shape }))
    await expectSame(randomise(model({ inputs: entrances, outputs: make().apply(entrances) })))
  })

  it('nothing but an activation', async () => {
    const net = sequential([input({ shape: [5] }), layers.activation({ activation: 'linear' })])
    await expectSame(net)
  })

  it.each<[keyof typeof zoo, ZooArgs]>([
    ['conv', {}],
    ['separable', { rescale: true }],
    ['resnet20', {}],
    ['mobilenet', { inputShape: [96, 96, 3], classes: 10 }],
    ['mobilenet-v2', { inputShape: [96, 96, 3], classes: 10 }],
    ['efficientnet-b0', { inputShape: [75, 75, 3], classes: 10 }],
  ])('the network %s', async (name, args) => {
    await expectSame(zoo[name](args))
  })
})

it('has the same bits where the engine multiplies and adds one after the other', async () => {
  configure({ threads: 2, deterministic: 'portable' })
  const { expected, found } = await both(zoo.separable())
  expect(found).toEqual(expected)
  configure({ deterministic: 'machine' })
})

it('the command writes modules and pages, and tells what they are made of', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'separable-js-'))
  const file = (name: string) => join(folder, name)
  const run = async (...options: string[]) => {
    const terminal = new FakeTerminal()
    const model = fileURLToPath(new URL('golden/keras-3.15.1.keras', import.meta.url))
    expect(await runCli(['export', model, ...options], terminal)).toBe(0)
    return terminal.out.join('')
  }
  try {
    expect(await run('--to', 'js', '--divide-by', '255', '--out', file('net.js'))).toMatch(
      /net\.js: \d\d\.\d\d KB \(code \d\.\d\d KB, kernels \d\d\.\d\d KB, weights \d\.\d\d KB\)\n$/,
    )
    expect(readFileSync(file('net.js'), 'utf8')).toContain('  divideBy: 255,\n')
    writeFileSync(file('page.html'), "<script type=module>\nimport { predict } from './net.js'\nuse(predict)</script>")
    await run('--to', 'html', '--page', file('page.html'), '--out', file('net.html'))
    expect(readFileSync(file('net.html'), 'utf8')).toMatch(
      /^<script type=module>\n\/\/ A trained network.*\nuse\(predict\)<\/script>$/s,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

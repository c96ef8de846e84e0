/** @file Names in files of others reach the terminal clean and short, whichever command shows them, in colours or without. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SeparableError } from '../base/errors.ts'
import { readZip, writeZip } from '../formats/zip.ts'
import { input, layers, sequential } from '../node.ts'
import { exportOnnx } from '../onnx/index.ts'
import { encodePng } from '../report/png.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { runCli } from './program.ts'
import { FakeTerminal } from './testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A screen that is cleared, a title that is set, C1's own introducer, a line that is turned round, and great length. */
const EVIL = `\u001b[2J\u001b]0;x\u0007\u009b31m\u202egnp.\u2066\r${'A'.repeat(5000)}`
/** All but line breaks and what this library itself sends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not be there
const UNCLEAN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: what this is about
const STYLE = /\u001b\[(0|1|2|22|3[0-79]|9[0-7])m|\r\u001b\[K/g

async function run(color: boolean, ...args: string[]) {
  const terminal = new FakeTerminal({ color, isTTY: color })
  const exitCode = await runCli(args, terminal)
  return { exitCode, text: [...terminal.out, ...terminal.err].join('') }
}

const [model, onnx, picture, broken] = ['net.keras', 'net.onnx', 'picture.png', 'broken.keras'].map((name) =>
  join(folder, name),
)

beforeAll(async () => {
  const net = sequential([input({ shape: [4, 4, 3] }), layers.flatten({ name: 'flatten' }), layers.dense({ units: 2 })])
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] })
  net.classNames = [EVIL, `${EVIL} two`]
  const files = readZip(new Uint8Array(await (await net.toBlob()).arrayBuffer()))
  const config = JSON.parse(new TextDecoder().decode(files.get('config.json')))
  config.config.name = EVIL
  config.config.layers[1].config.name = EVIL
  config.config.layers[2].config.unheard_of = EVIL
  config.compile_config.metrics = [EVIL]
  const write = (path: string) =>
    writeFileSync(
      path,
      writeZip(new Map([...files, ['config.json', new TextEncoder().encode(JSON.stringify(config))]])),
    )
  write(model)
  config.config.layers[1].class_name = EVIL
  write(broken)
  const evil = sequential([input({ shape: [4, 4, 3], name: EVIL }), layers.flatten()], { name: EVIL })
  writeFileSync(onnx, exportOnnx(evil))
  writeFileSync(picture, encodePng(new NdArray(new Uint8Array(48), [4, 4, 3])))
})

describe.each([false, true])('with colours: %s', (color) => {
  it.each([
    ['summary', model],
    ['summary', model, '--cost', '--memory'],
    ['summary', onnx],
    ['summary', broken],
    ['inspect', model],
    ['inspect', onnx],
    ['inspect', broken],
    ['predict', model, picture],
    ['evaluate', model, '--data', picture],
    ['convert', model, join(folder, 'copy.h5')],
    ['export', model, '--out', join(folder, 'copy.onnx')],
    ['summary', join(folder, EVIL.slice(0, 60))],
  ])('%s', async (...args) => {
    const { text } = await run(color, ...args)
    expect(text).not.toBe('')
    expect(text.replace(STYLE, '')).not.toMatch(UNCLEAN)
    expect(text).not.toContain('A'.repeat(301))
  })
})

it('errors are one clean line that still ends with what was received', () => {
  const { message } = new SeparableError('data', `${EVIL}: wrong, received: "${'x '.repeat(5000)}"`)
  expect(message).not.toMatch(UNCLEAN)
  expect(message.length).toBeLessThan(4100)
  expect(message).toMatch(/x "$/)
})

it('a summary is clean where no terminal is, too', () => {
  const net = sequential([input({ shape: [4] }), layers.dense({ units: 2, name: 'scores' })], { name: EVIL })
  expect(net.summary({ print: () => {} }).replaceAll('\n', '')).not.toMatch(UNCLEAN)
})

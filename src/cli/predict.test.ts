/** @file What `predict` refuses before a picture is decoded, and what names say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import '../node.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { sequential } from '../train/sequential.ts'
import { runCli } from './program.ts'
import { FakeTerminal } from './testing.ts'

let dir: string
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'separable-predict-'))
  const classifier = [layers.flatten(), layers.dense({ units: 2, activation: 'softmax' })]
  const save = (name: string, shape: readonly number[], stack = classifier) =>
    sequential([input({ shape }), ...stack]).save(join(dir, name))
  await save('net.keras', [4, 4, 3])
  await save('signal.keras', [9], [layers.dense({ units: 2 })])
  await save('maps.keras', [4, 4, 3], [layers.conv2d({ filters: 2, kernelSize: 1 })])
  writeFileSync(join(dir, 'text.png'), 'no picture')
})
afterAll(() => rmSync(dir, { recursive: true }))

async function predict(...args: string[]) {
  const terminal = new FakeTerminal()
  const exitCode = await runCli(['predict', ...args.map((arg) => (arg.includes('.') ? join(dir, arg) : arg))], terminal)
  return { exitCode, err: terminal.err.join('').replaceAll(`${dir}/`, '') }
}

describe('predict', () => {
  it('names every picture that cannot be read, and fails', async () => {
    const { exitCode, err } = await predict('net.keras', 'text.png', 'none.png')
    expect(exitCode).toBe(1)
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^warning: text\.png is not a JPEG, PNG, GIF or WebP file, received: /),
      'warning: cannot read none.png: no such file or directory, received: "ENOENT"',
      'separable: 2 of 2 pictures could not be read, received: 2',
      '',
    ])
  })

  it.each([
    [['signal.keras', 'text.png'], 'signal.keras takes no pictures [N,H,W,1 or 3], received: [null, 9]'],
    [['maps.keras', 'text.png'], 'maps.keras is no classifier with one output [N,classes], received: [null, 4, 4, 2]'],
    [['net.keras', 'text.png', '--classes', 'a,b,c'], '--classes must name the 2 classes of net.keras, received: 3'],
  ])('%j: one line and exit code 1', async (args, err) => {
    expect(await predict(...args)).toEqual({ exitCode: 1, err: `separable: ${err}\n` })
  })
})

/** @file `separable train` as its users meet it: a process with output, files and an exit code. Needs `npm run build`. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ended, type Outcome, said, startCommand } from './command-line.ts'

/** A run that takes seconds. */
const TINY = ['--limit', '96', '--batch-size', '32']

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'separable-train-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

const start = (...args: string[]) => startCommand(dir, ...args)
const run = (...args: string[]) => ended(start(...args))
const read = (path: string) => readFileSync(join(dir, path), 'utf8')
const readJson = (path: string) => JSON.parse(read(path))

const FILES = [
  'accuracy.svg',
  'history.csv',
  'history.json',
  'loss.svg',
  'model.keras',
  'report.html',
  'results.md',
  'summary.txt',
]

describe('train', () => {
  let outcome: Outcome
  beforeAll(async () => {
    outcome = await run('train', ...TINY, '--epochs', '2', '--out', 'first', '--json', 'first.json', '--seed', '7')
  })

  it('trains, and says where the model is', () => {
    const { exitCode, out, err } = outcome
    expect([exitCode, err]).toEqual([0, ''])
    expect(out).toContain('separable: 174,821 parameters, 18.3 M multiply-accumulates an image\nEpoch 1/2\n')
    expect(out.match(/^3\/3 - \d+s - \S+\/step - acc: .* - loss: .* - val_acc: .* - val_loss: .*$/gm)).toHaveLength(2)
    expect(out).toMatch(
      /^separable with 174,821 parameters reached a validation accuracy of .* on shapes; guessing .*\.$/m,
    )
    expect(out).toMatch(/^Model: {2}first\/model.keras\nReport: first\/report.html$/m)
  })

  it('writes complete files and nothing else', () => {
    expect(readdirSync(join(dir, 'first')).sort()).toEqual(FILES)
    expect(read('first/report.html')).toMatch(/^<!doctype html>.*<\/html>\s*$/s)
    const [header, ...rows] = read('first/history.csv').trimEnd().split('\r\n')
    expect(header).toBe('epoch,acc,loss,val_acc,val_loss')
    expect(rows.map((row) => row.split(',').length)).toEqual([5, 5])
    expect(readJson('first.json')).toEqual(readJson('first/history.json'))
  })

  it('saves the model that the report speaks of', async () => {
    const { exitCode } = await run('evaluate', 'first/model.keras', '--limit', '96', '--json', 'evaluated.json')
    expect(exitCode).toBe(0)
    expect(readJson('evaluated.json').accuracy).toBeCloseTo(readJson('first.json').history.val_acc[1], 6)
  })

  it('gives the same weights for the same seed, whatever the number of threads', async () => {
    const sums: string[] = []
    for (const options of [
      ['--seed', '7', '--threads', '1'],
      ['--seed', '8'],
    ]) {
      const { exitCode } = await run(
        'train',
        ...TINY,
        '--epochs',
        '2',
        '--out',
        'again',
        '--json',
        'again.json',
        ...options,
      )
      expect(exitCode).toBe(0)
      sums.push(readJson('again.json').weightsSha256)
    }
    expect(sums[0]).toBe(readJson('first.json').weightsSha256)
    expect(sums[1]).not.toBe(sums[0])
  })

  it('trains by a recipe, augmentation included', async () => {
    const { exitCode, out } = await run('train', '--recipe', 'pictures', ...TINY, '--epochs', '1', '--out', 'recipe')
    expect([exitCode, out]).toEqual([0, expect.stringContaining('\npictures: ')])
    expect(read('recipe/summary.txt')).toContain('random_flip (RandomFlip)')
  })
})

describe('train, ended early', () => {
  it('by Ctrl-C: saves and reports what was trained, and exits with 130', async () => {
    const child = start('train', ...TINY, '--epochs', '10000', '--out', 'interrupted')
    const outcome = ended(child)
    await said(child, 'Epoch 3/10000')
    child.kill('SIGINT')
    const { exitCode, out } = await outcome
    expect(exitCode).toBe(130)
    expect(out).toMatch(/Interrupted: \d+ of 10000 epochs were completed\./)
    expect(readdirSync(join(dir, 'interrupted')).sort()).toEqual(FILES)
    expect((await run('inspect', 'interrupted/model.keras')).exitCode).toBe(0)
  })

  it('by data that is not there: one line, and no folder', async () => {
    const { exitCode, err } = await run('train', '--data', 'mnist', '--out', 'nothing')
    expect([exitCode, err]).toEqual([1, expect.stringMatching(/^separable: mnist is not there: .*\n$/)])
    expect(existsSync(join(dir, 'nothing'))).toBe(false)
  })
})

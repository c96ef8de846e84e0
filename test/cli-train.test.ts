/** @file `separable train` and what may follow it, as their users meet them: a process with output, files and an exit code. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../src/base/random.ts'
import { nodePlatform } from '../src/node-platform.ts'
import { encodePng } from '../src/report/png.ts'
import { NdArray } from '../src/tensor/ndarray.ts'
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
      /^separable with 174,821 parameters reached a validation accuracy of .* on shapes after the last epoch; always answering ".*" would get .*\.$/m,
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
        '--overwrite',
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
    expect(readdirSync(join(dir, 'interrupted')).sort()).toEqual([...FILES, 'backup'].sort())
    expect((await run('inspect', 'interrupted/model.keras')).exitCode).toBe(0)
  })

  it('before its first step: goes on with --resume, and ends as if nothing had happened', async () => {
    const options = [...TINY, '--recipe', 'pictures', '--data', 'shapes', '--epochs', '1', '--threads', '1']
    expect(await run('train', ...options, '--out', 'whole')).toMatchObject({ exitCode: 0, err: '' })
    const begun = (out: string) => existsSync(join(dir, out, 'backup/run.json'))
    // As the data load, as the network is compiled, and as the first step is on its way.
    for (const [out, signal, text] of [
      ['loading', 'SIGTERM', ''],
      ['compiling', 'SIGTERM', 'pictures: '],
      ['stepping', 'SIGINT', 'Epoch 1/1'],
    ] as const) {
      const child = start('train', ...options, '--out', out)
      const outcome = ended(child)
      const heard = text ? said(child, text) : undefined
      while (!begun(out)) await new Promise((resolve) => setTimeout(resolve, 2))
      await heard
      child.kill(signal)
      const { exitCode, out: text1 } = await outcome
      expect([exitCode, text1]).toEqual([
        signal === 'SIGINT' ? 130 : 143,
        expect.stringContaining(`Go on:  separable train --resume ${out}\n`),
      ])
      expect(await run('train', '--resume', out)).toMatchObject({ exitCode: 0, err: '' })
      for (const file of ['model.keras', 'history.csv'])
        expect(readFileSync(join(dir, out, file)).equals(readFileSync(join(dir, 'whole', file)))).toBe(true)
      expect(readJson(`${out}/history.json`).threads).toBe(1)
      expect(readdirSync(join(dir, out)).sort()).toEqual(FILES)
    }
  })

  it('by another run in its folder: one line, and nothing is lost', async () => {
    const before = read('whole/history.json')
    const { exitCode, err } = await run('train', ...TINY, '--epochs', '1', '--out', 'whole')
    expect([exitCode, err]).toEqual([1, expect.stringMatching(/^separable: there is another run in this folder .*\n$/)])
    expect(read('whole/history.json')).toBe(before)
    const both = [0, 1].map(() => run('train', ...TINY, '--epochs', '1', '--out', 'twice'))
    const codes = (await Promise.all(both)).map(({ exitCode }) => exitCode)
    expect(codes.sort()).toEqual([0, 1])
  })

  it('by data that is not there: one line, and no folder', async () => {
    const { exitCode, err } = await run('train', '--data', 'mnist', '--out', 'nothing')
    expect([exitCode, err]).toEqual([1, expect.stringMatching(/^separable: mnist is not there: .*\n$/)])
    expect(existsSync(join(dir, 'nothing'))).toBe(false)
  })
})

/** Not a literal: the types of a package that may not be installed are not asked for. */
const PACKAGE: string = 'sharp'
const hasSharp = await import(PACKAGE).then(
  () => true,
  () => false,
)

/** Noisy pictures, 20x24, that are mostly red, green or blue: a folder for each. */
function makePictures(count: number): void {
  const random = new Random(0, 'pictures')
  for (const [channel, name] of ['red', 'green', 'blue'].entries()) {
    mkdirSync(join(dir, 'colors', name), { recursive: true })
    for (let i = 0; i < count; i++) {
      const pixels = Uint8Array.from(
        { length: 20 * 24 * 3 },
        (_, at) => random.int(120) + (at % 3 === channel ? 120 : 0),
      )
      writeFileSync(join(dir, 'colors', name, `${i}.png`), encodePng(new NdArray(pixels, [20, 24, 3])))
    }
  }
}

describe.skipIf(!hasSharp)('a folder of pictures (skipped without sharp)', () => {
  let outcome: Outcome
  beforeAll(async () => {
    makePictures(20)
    writeFileSync(join(dir, 'colors', 'red', 'broken.png'), 'broken')
    const size = ['--image-size', '32', '--batch-size', '8', '--epochs', '10']
    outcome = await run('train', 'lenet5', '--data', 'colors', ...size, '--out', 'folder', '--json', 'folder.json')
  })

  it('is learned, and what cannot be read is named', () => {
    const { exitCode, out, err } = outcome
    expect(exitCode).toBe(0)
    expect(err).toMatch(/^warning: colors\/red\/broken\.png is not a JPEG.*\nwarning: 1 file was left out\n$/)
    expect(out).toContain('colors: 48 training and 12 test images\n')
    const { classes, history, confusion } = readJson('folder.json')
    expect(classes).toEqual(['blue', 'green', 'red'])
    expect(Math.max(...history.val_acc)).toBeGreaterThan(0.8)
    expect(confusion.flat().reduce((sum: number, count: number) => sum + count)).toBe(12)
    expect(read('folder/report.html')).toMatch(/<th scope="row" class="text">green<\/th><td class="number">4<\/td>/)
  })

  it('predict names the classes that the model file knows', async () => {
    const images = ['colors/red/0.png', 'colors/blue/1.png']
    const { exitCode, out } = await run('predict', 'folder/model.keras', ...images, '--top-k', '2', '--json', 'p.json')
    expect(exitCode).toBe(0)
    expect(out).toMatch(/^colors\/red\/0\.png: \w+ \S+ %, \w+ \S+ %\ncolors\/blue\/1\.png: /)
    const { predictions } = readJson('p.json')
    expect(predictions.map(({ file }: { file: string }) => file)).toEqual(images)
    expect(predictions[0].guesses).toEqual([
      { class: 'red', probability: expect.any(Number) },
      { class: expect.stringMatching(/blue|green/), probability: expect.any(Number) },
    ])
  })

  it('evaluate finds the pictures that were kept for tests again, and the accuracy that training reported', async () => {
    const { exitCode } = await run(
      'evaluate',
      'folder/model.keras',
      '--data',
      'colors',
      '--validation-split',
      '0.2',
      '--json',
      'e.json',
    )
    expect(exitCode).toBe(0)
    expect(readJson('e.json')).toMatchObject({ images: 12, data: 'colors' })
    expect(readJson('e.json').accuracy).toBeCloseTo(readJson('folder.json').history.val_acc.at(-1), 6)
  })

  it('evaluate of a run takes what it kept for tests, by itself, and says so', async () => {
    for (const data of [[], ['--data', 'colors']]) {
      const { out } = await run('evaluate', 'folder', ...data, '--json', 'own.json')
      expect(out).toContain(
        'of 12 images of colors that its training kept for tests (20 % of each class, seed 0); always',
      )
      expect(readJson('own.json').accuracy).toBeCloseTo(readJson('folder.json').history.val_acc.at(-1), 6)
    }
    const { exitCode, err } = await run('evaluate', 'folder', '--seed', '5')
    expect([exitCode, err]).toEqual([
      1,
      expect.stringMatching(/kept pictures for tests by --seed 0; .*, received: 5\n$/),
    ])
    const { out } = await run('evaluate', 'folder', '--all')
    expect(out).toContain('of 60 images of colors, those that it was trained with included; ')
  })

  it('--save best keeps the weights of the best epoch, and the headline is about them', async () => {
    const size = ['--image-size', '32', '--batch-size', '8', '--epochs', '4', '--save', 'best']
    const { out } = await run('train', 'lenet5', '--data', 'colors', ...size, '--out', 'best')
    const { history, savedEpoch } = readJson('best/history.json')
    expect(history.val_acc[savedEpoch - 1]).toBe(Math.max(...history.val_acc))
    expect(out).toContain(`after epoch ${savedEpoch} of 4, the best, whose weights were saved; `)
    await run('evaluate', 'best', '--json', 'best.json')
    expect(readJson('best.json').accuracy).toBeCloseTo(history.val_acc[savedEpoch - 1], 6)
  })
})

const flowers = join(process.env.SEPARABLE_DATA || nodePlatform.cacheFolder(), 'flowers')

describe.skipIf(!hasSharp || !existsSync(flowers))(
  'photos of flowers (skipped without sharp or SEPARABLE_DATA/flowers)',
  () => {
    it('are told apart better than by chance, soon', async () => {
      const options = [
        '--image-size',
        '64',
        '--batch-size',
        '16',
        '--epochs',
        '10',
        '--out',
        'flowers',
        '--json',
        'flowers.json',
      ]
      // Beside the classes may lie a file that says where the photos are from.
      const err = expect.stringMatching(
        /^(warning: .* it lies in no class\nwarning: \d files? (was|were) left out\n)?$/,
      )
      expect(await run('train', '--data', flowers, ...options)).toMatchObject({ exitCode: 0, err })
      const { classes, trainImages, history } = readJson('flowers.json')
      expect([classes.length, trainImages]).toEqual([5, 640])
      expect(Math.max(...history.val_acc)).toBeGreaterThan(0.32)
    })
  },
)

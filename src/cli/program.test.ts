/** @file Tests of the command line inside this process: everything that ends before anything is trained. */
import { describe, expect, it } from 'vitest'
import { zoo } from '../models/index.ts'
import '../node.ts'
import { recipes } from '../recipes/index.ts'
import { runCli } from './program.ts'
import { FakeTerminal } from './testing.ts'

async function run(...args: string[]) {
  const terminal = new FakeTerminal()
  const exitCode = await runCli(args, terminal)
  return { exitCode, out: terminal.out.join(''), err: terminal.err.join('') }
}

describe('help', () => {
  it('shows examples of everything', async () => {
    for (const command of [
      [],
      ['compare'],
      ['train'],
      ['summary'],
      ['inspect'],
      ['convert'],
      ['evaluate'],
      ['predict'],
      ['data'],
    ]) {
      const { exitCode, out, err } = await run(...command, '--help')
      expect([exitCode, err]).toEqual([0, ''])
      expect(out).toMatch(/^Usage: separable.*Examples:\n {2}\$ separable /s)
    }
  })

  it('is what a bare command gets, as an error', async () => {
    const { exitCode, out, err } = await run()
    expect([exitCode, out]).toEqual([2, ''])
    expect(err).toContain('Usage: separable')
  })

  it('has a version', async () => {
    expect(await run('--version')).toEqual({ exitCode: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: '' })
  })
})

describe('errors', () => {
  it('are cut into lines between words where there is a terminal', async () => {
    const terminal = new FakeTerminal({ isTTY: true, columns: 40 })
    await runCli(['compare', '--epochs', '0'], terminal)
    expect(terminal.err.join('')).toBe(
      'separable: --epochs must be a whole\nnumber from 1 to 1000000000, received: 0\n',
    )
  })

  it.each([
    ['compre', "separable: unknown command 'compre' (Did you mean compare?)"],
    ['compare --epoch 3', "separable: unknown option '--epoch' (Did you mean --epochs?)"],
    [
      'compare --epochs many',
      "separable: option '--epochs <n>' argument 'many' is invalid. It must be a whole number.",
    ],
    [
      'train --image-size big',
      "separable: option '--image-size <size>' argument 'big' is invalid. It must be as in 96 or 64x96.",
    ],
    ['predict net.keras', "separable: missing required argument 'image'"],
    ['compare cifar10', "separable: too many arguments for 'compare'. Expected 0 arguments but got 1."],
    ['summary', "separable: missing required argument 'network'"],
  ])('%s: a command line that cannot be understood is one line and exit code 2', async (line, err) => {
    expect(await run(...line.split(' '))).toEqual({ exitCode: 2, out: '', err: `${err}\n` })
  })

  it.each([
    ['compare --epochs 0', '--epochs must be a whole number from 1 to 1000000000, received: 0'],
    ['compare --threads -2', '--threads must be a whole number from 1 to 256, received: -2'],
    ['train --threads 10000', '--threads must be a whole number from 1 to 256, received: 10000'],
    [
      'summary conv --input-shape 1000000x8x3',
      'height, width and channels must be at most 65535 each, received: "1000000x8x3"',
    ],
    [
      'compare --data cifra10',
      'unknown data set, did you mean "cifar10"? (known: shapes, cifar10, mnist, fashion-mnist), received: "cifra10"',
    ],
    [
      'compare --models conv,seperable',
      'unknown model, did you mean "separable"? (known: conv, separable), received: "seperable"',
    ],
    ['compare --out /proc/x', 'cannot make the folder /proc/x: no such file or directory, received: "ENOENT"'],
    [
      'summary vgg17',
      `unknown network, did you mean "vgg16"? (known: ${Object.keys(zoo).join(', ')}), received: "vgg17"`,
    ],
    ['train conv --recipe pictures', 'train takes a network or a recipe, not both, received: "conv"'],
    [
      'train --recipe picture',
      `unknown recipe, did you mean "pictures"? (known: ${Object.keys(recipes).join(', ')}), received: "picture"`,
    ],
    [
      'train --data cifra10',
      'no folder and no data set of this name, did you mean "cifar10"? (known: shapes, cifar10, mnist, fashion-mnist), received: "cifra10"',
    ],
    ['train --validation-split 1', '--validation-split must be above 0 and below 1, received: 1'],
    ['train --learning-rate 0', '--learning-rate must be a number above 0, at most 1000000000, received: 0'],
    ['data path shapes', 'shapes is drawn by code and has no files, received: "shapes"'],
  ])('%s: bad input is one line and exit code 1', async (line, err) => {
    expect(await run(...line.split(' '))).toEqual({ exitCode: 1, out: '', err: `separable: ${err}\n` })
  })
})

describe('summary', () => {
  it('prints the table of Keras', async () => {
    const { exitCode, out } = await run('summary', 'conv')
    expect(exitCode).toBe(0)
    expect(out.split('\n')[2]).toBe(
      '┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃',
    )
    expect(out).toContain('\n Total params: 1,186,378 (4.53 MB)\n')
  })

  it('adds costs, and takes other pictures', async () => {
    const { out } = await run('summary', 'separable', '--cost', '--input-shape', '28x28x1', '--classes', '7')
    expect(out).toContain('(None, 28, 28, 64)')
    expect(out).toContain('(None, 7)')
    expect(out).toContain(' Total MACs: ')
  })

  it('predicts memory, part by part', async () => {
    const size = ['--batch-size', '4', '--examples', '5000', '--input-shape', '8x8x1', '--threads', '1']
    const { exitCode, out } = await run('summary', 'separable', '--memory', ...size)
    expect(exitCode).toBe(0)
    expect(out).toContain('\n Peak memory: ')
    expect(out).toContain('\nMemory for batches of 4 on 1 thread, 5,000 examples:\n')
    expect(out).toMatch(/│ optimizer's slots +│ +\d.* │ +– │\n.*│ peak +│ +\d.* MB │ +\d.* MB │\n/s)
  })

  it('names the layer that does not fit', async () => {
    const { exitCode, err } = await run('summary', 'conv', '--input-shape', '4x4x3')
    expect(exitCode).toBe(1)
    expect(err).toMatch(/^separable: max_pooling2d_2 \(MaxPooling2D\): .*, received: \[1, 1\]\n$/)
  })
})

describe('data', () => {
  it('lists what there is and where', async () => {
    const { out } = await run('data', 'list', '--data-dir', '/nowhere')
    expect(out).toContain('shapes: ')
    expect(out).toContain('50,000 training and 10,000 test images of 32x32x3 in 10 classes')
    expect(out).toContain('not here; "separable data download cifar10" fetches ')
    expect(out).toContain('Data folder: /nowhere')
  })

  it('says how to get what is not there', async () => {
    const { exitCode, err } = await run('data', 'path', 'mnist', '--data-dir', '/nowhere')
    expect(exitCode).toBe(1)
    expect(err).toMatch(/^separable: mnist is not there: .*separable data download mnist.*\n$/)
  })
})

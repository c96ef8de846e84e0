/** @file Tests of reading options. */
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { imageSize, nameList, oneOf, parseSize, positiveNumber, share, wholeNumber } from './options.ts'

const MODELS = ['conv', 'separable'] as const

function parse(...args: string[]) {
  return new Command()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .addOption(wholeNumber('--epochs <n>', 'epochs', { least: 1, most: 500, standard: 4 }))
    .addOption(wholeNumber('--threads <n>', 'threads', { least: 1, most: 256 }))
    .addOption(positiveNumber('--rate <x>', 'learning rate'))
    .addOption(imageSize('--size <size>', 'size'))
    .addOption(share('--split <share>', 'share'))
    .addOption(nameList('--models <names>', 'models', MODELS))
    .parse(args, { from: 'user' })
    .opts()
}

describe('wholeNumber', () => {
  it('reads numbers and has defaults', () => {
    expect(parse()).toEqual({ epochs: 4, models: MODELS })
    expect(parse('--epochs', '12', '--threads=2')).toMatchObject({ epochs: 12, threads: 2 })
  })

  it.each(['0', '-3', '2.5', '501', '1e300', 'Infinity'])('names the option that makes no sense: %s', (text) => {
    expect(() => parse('--epochs', text)).toThrow(/^--epochs must be a whole number from 1 to 500, received: /)
  })

  it.each(['', 'many', '3x'])('takes what is no number for a usage error: "%s"', (text) => {
    expect(() => parse('--epochs', text)).toThrow(/option '--epochs <n>' argument .* is invalid/)
  })
})

describe('positiveNumber', () => {
  it('reads numbers, small ones too', () => {
    expect(parse('--rate', '1e-4')).toMatchObject({ rate: 1e-4 })
  })

  it.each(['0', '-0.1', '1e10', 'Infinity'])('names the option that makes no sense: %s', (text) => {
    expect(() => parse('--rate', text)).toThrow(/^--rate must be a number above 0, at most 1000000000, received: /)
  })

  it.each(['', 'fast'])('takes what is no number for a usage error: "%s"', (text) => {
    expect(() => parse('--rate', text)).toThrow(/option '--rate <x>' argument .* is invalid/)
  })
})

describe('imageSize', () => {
  it('reads a side or two, and keeps the text', () => {
    expect(parse('--size', '64x96')).toMatchObject({ size: '64x96' })
    expect([parseSize('64x96'), parseSize('96')]).toEqual([
      [64, 96],
      [96, 96],
    ])
  })

  it.each(['', '0', '-3', '2.5', '64x', '1x2x3', '1000000'])('takes anything else for a usage error: "%s"', (text) => {
    expect(() => parse('--size', text)).toThrow(/option '--size <size>' argument .* is invalid/)
  })
})

describe('share', () => {
  it('reads numbers between 0 and 1', () => {
    expect(parse('--split', '0.25')).toMatchObject({ split: 0.25 })
    expect(() => parse('--split', '1')).toThrow('--split must be above 0 and below 1, received: 1')
    expect(() => parse('--split', 'half')).toThrow(/option '--split <share>' argument .* is invalid/)
  })
})

describe('nameList', () => {
  it('reads names in any order, each once', () => {
    expect(parse('--models', 'separable').models).toEqual(['separable'])
    expect(parse('--models', 'separable, conv,conv').models).toEqual(MODELS)
  })

  it('suggests the nearest name', () => {
    expect(() => parse('--models', 'seperable')).toThrow(
      'unknown model, did you mean "separable"? (known: conv, separable), received: "seperable"',
    )
    expect(() => oneOf('model', '', MODELS)).toThrow('unknown model (known: conv, separable), received: ""')
  })
})

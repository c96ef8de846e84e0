/** @file Tests of declared arguments: types, checks, defaults and messages. */
import { describe, expect, it } from 'vitest'
import { type Args, bool, encode, int, number, oneOf, pair, resolve, sizes, text } from './schema.ts'

const schema = {
  filters: int('channels', { min: 1 }),
  strides: pair('step', { min: 1 }).default(1),
  padding: oneOf('how', 'valid', 'same').default('valid'),
  rate: number('share', { min: 0, below: 1 }).orNull(),
}

describe('resolve', () => {
  it('fills in defaults and normalises', () => {
    expect(resolve('Conv', schema, { filters: 3 })).toEqual({
      filters: 3,
      strides: [1, 1],
      padding: 'valid',
      rate: null,
    })
    expect(resolve('Conv', schema, { filters: 3, strides: [2, 1] }).strides).toEqual([2, 1])
  })

  it('has types that follow from the schema', () => {
    const args: Args<typeof schema> = { filters: 1, strides: [1, 2], rate: null }
    // @ts-expect-error filters is required
    const missing: Args<typeof schema> = { strides: 1 }
    // @ts-expect-error no such name
    const wrong: Args<typeof schema> = { filters: 1, padding: 'full' }
    expect([args, missing, wrong]).toHaveLength(3)
    const padding: 'valid' | 'same' = resolve('Conv', schema, args).padding
    expect(padding).toBe('valid')
  })

  it.each([
    [{}, 'Conv: filters is missing (an integer >= 1), received: undefined'],
    [{ filters: 0 }, 'Conv: filters must be an integer >= 1, received: 0'],
    [{ filters: 1.5 }, 'Conv: filters must be an integer >= 1, received: 1.5'],
    [{ filters: 1, strides: [1, 0] }, 'Conv: strides must be an integer >= 1 or two of them, received: [1, 0]'],
    [{ filters: 1, strides: [1, 2, 3] }, 'received: [1, 2, 3]'],
    [{ filters: 1, padding: 'full' }, 'Conv: padding must be "valid" or "same", received: "full"'],
    [{ filters: 1, rate: 1 }, 'Conv: rate must be a number >= 0 and < 1 or null, received: 1'],
    [{ filters: 1, rate: Number.NaN }, 'received: NaN'],
    [
      { filter: 1 },
      'Conv: unknown argument, did you mean "filters"? (known: filters, strides, padding, rate), received: "filter"',
    ],
    [{ filters: 1, wings: 2 }, 'Conv: unknown argument (known: filters, strides, padding, rate), received: "wings"'],
    [64, 'Conv: arguments go into one object, received: 64'],
  ])('rejects %j', (args, message) => {
    expect(() => resolve('Conv', schema, args)).toThrow(message)
  })

  it('understands the spelling of Keras for names', () => {
    const mode = { mode: oneOf('which', 'fanIn', 'fanOut'), padding: oneOf('how', 'valid', 'same') }
    expect(resolve('x', mode, { mode: 'fan_out', padding: 'SAME' })).toEqual({ mode: 'fanOut', padding: 'same' })
  })

  it('suggests the spelling of this library for an argument of Keras', () => {
    expect(() => resolve('Conv', { kernelSize: int('k') }, { kernel_size: 3 })).toThrow('did you mean "kernelSize"?')
  })
})

describe('fields', () => {
  it('check lists, texts and flags', () => {
    const fields = { shape: sizes('sizes'), name: text('name').orNull(), on: bool('flag').default(true) }
    expect(resolve('x', fields, { shape: [32, 32, 3] })).toEqual({ shape: [32, 32, 3], name: null, on: true })
    expect(() => resolve('x', fields, { shape: [32, 0] })).toThrow('shape must be a list of sizes')
    expect(() => resolve('x', fields, { shape: [1], name: '' })).toThrow(
      'name must be a text that is not empty or null',
    )
    expect(() => resolve('x', fields, { shape: [1], on: 1 })).toThrow('on must be true or false, received: 1')
  })

  it('encode to plain data that resolves to equal values', () => {
    const values = resolve('Conv', schema, { filters: 3, strides: 2, rate: 0.5 })
    const json = JSON.parse(JSON.stringify(encode(schema, values)))
    expect(resolve('Conv', schema, json)).toEqual(values)
  })
})

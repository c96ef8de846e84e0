/** @file Tests of initial values: Keras's fans, limits and moments, and reproducibility. */
import { beforeEach, describe, expect, it } from 'vitest'
import { computeFans, initializer, initializers } from './initializers.ts'
import { setRandomSeed } from './random-state.ts'
import { resolve } from './schema.ts'

beforeEach(() => setRandomSeed(0))

const mean = (values: Float32Array) => values.reduce((sum, x) => sum + x, 0) / values.length
const stddev = (values: Float32Array) => {
  const m = mean(values)
  return Math.sqrt(values.reduce((sum, x) => sum + (x - m) ** 2, 0) / values.length)
}
const largest = (values: Float32Array) => values.reduce((max, x) => Math.max(max, Math.abs(x)), 0)

describe('fans', () => {
  it('are those of Keras', () => {
    expect(computeFans([])).toEqual([1, 1])
    expect(computeFans([7])).toEqual([7, 7])
    expect(computeFans([4096, 10])).toEqual([4096, 10])
    expect(computeFans([3, 3, 64, 128])).toEqual([576, 1152])
    expect(computeFans([3, 3, 64, 1])).toEqual([576, 9])
  })

  it('of a depthwise kernel can be counted honestly', () => {
    expect(computeFans([3, 3, 64, 2], 'depthwise')).toEqual([9, 18])
  })
})

describe('distributions', () => {
  it('glorotUniform stays within sqrt(6 / (in + out)) and fills that range', () => {
    const values = initializers.glorotUniform().values([3, 3, 64, 1])
    const limit = Math.sqrt(6 / 585)
    expect(largest(values)).toBeLessThanOrEqual(limit)
    expect(largest(values)).toBeGreaterThan(0.98 * limit)
    expect(largest(initializers.glorotUniform({ fans: 'depthwise' }).values([3, 3, 64, 1]))).toBeGreaterThan(0.56)
  })

  it.each([
    ['glorotNormal', Math.sqrt(2 / 300)],
    ['heNormal', Math.sqrt(2 / 200)],
    ['lecunNormal', Math.sqrt(1 / 200)],
    ['heUniform', Math.sqrt(2 / 200)],
    ['lecunUniform', Math.sqrt(1 / 200)],
  ] as const)('%s has the variance of its scale and fan', (name, expected) => {
    const values = initializers[name]().values([200, 100])
    expect(stddev(values)).toBeCloseTo(expected, 2.5)
    expect(Math.abs(mean(values))).toBeLessThan(0.03 * expected)
    expect(largest(values)).toBeLessThan((2 / 0.8796) * expected)
  })

  it('constants, normal and uniform', () => {
    expect([...initializers.zeros().values([2])]).toEqual([0, 0])
    expect([...initializers.ones().values([2])]).toEqual([1, 1])
    expect([...initializers.constant({ value: 0.5 }).values([1, 2])]).toEqual([0.5, 0.5])
    expect(stddev(initializers.randomNormal({ stddev: 2 }).values([5000]))).toBeCloseTo(2, 1)
    expect(largest(initializers.truncatedNormal({ stddev: 1 }).values([5000]))).toBeLessThanOrEqual(2)
    const uniform = initializers.randomUniform({ minval: 1, maxval: 3 }).values([5000])
    expect(mean(uniform)).toBeCloseTo(2, 1)
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(1)
  })

  it('varianceScaling takes all arguments', () => {
    const values = initializers
      .varianceScaling({ scale: 3, mode: 'fanOut', distribution: 'untruncatedNormal' })
      .values([100, 200])
    expect(stddev(values)).toBeCloseTo(Math.sqrt(3 / 200), 2.5)
  })
})

describe('seeds', () => {
  it('an initializer repeats itself, two of them differ', () => {
    const a = initializers.glorotUniform()
    const b = initializers.glorotUniform()
    expect(a.values([5])).toEqual(a.values([5]))
    expect(a.values([5])).not.toEqual(b.values([5]))
  })

  it('follow setRandomSeed', () => {
    const first = initializers.heNormal().values([5])
    setRandomSeed(0)
    expect(initializers.heNormal().values([5])).toEqual(first)
    setRandomSeed(1)
    expect(initializers.heNormal().values([5])).not.toEqual(first)
  })

  it('may be given', () => {
    const own = () => initializers.heNormal({ seed: 7 }).values([5])
    expect(own()).toEqual(own())
  })
})

describe('the argument', () => {
  const schema = { kernelInitializer: initializer('first values') }
  const parse = (kernelInitializer: unknown) => resolve('Dense', schema, { kernelInitializer }).kernelInitializer

  it('takes names in both spellings, configs and initializers', () => {
    expect(parse('heNormal').className).toBe('HeNormal')
    expect(parse('he_normal').className).toBe('HeNormal')
    expect(parse({ className: 'Constant', config: { value: 2 } }).values([1])[0]).toBe(2)
    expect(parse(initializers.ones()).values([1])[0]).toBe(1)
  })

  it('is encoded as class name and config', () => {
    const made = initializers.heNormal({ seed: 3 })
    const json = schema.kernelInitializer.encode(made)
    expect(json).toEqual({ className: 'HeNormal', config: { seed: 3, fans: 'keras' } })
    expect(parse(json).values([4])).toEqual(made.values([4]))
  })

  it.each(['heNormall', 7, null, {}])('rejects %j', (value) => {
    expect(() => parse(value)).toThrow('Dense: kernelInitializer must be one of zeros, ones, constant')
  })
})

describe('orthogonal and identity', () => {
  it.each([
    [[3, 5], 1],
    [[2, 2, 3, 4], 2],
  ])('vectors of a weight %j are at right angles', (shape, gain) => {
    const columns = shape[shape.length - 1]
    const values = initializers.orthogonal({ gain, seed: 1 }).values(shape)
    const rows = values.length / columns
    const [length, count] = [Math.max(rows, columns), Math.min(rows, columns)]
    const at = (vector: number, i: number) =>
      rows < columns ? values[vector * columns + i] : values[i * columns + vector]
    for (let a = 0; a < count; a++)
      for (let b = 0; b < count; b++) {
        let product = 0
        for (let i = 0; i < length; i++) product += at(a, i) * at(b, i)
        expect(product).toBeCloseTo(a === b ? gain ** 2 : 0, 6)
      }
  })

  it('repeats itself for a seed', () => {
    const draw = (seed: number) => initializers.orthogonal({ seed }).values([4, 4])
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  it('identity has its gain on the diagonal of a matrix', () => {
    expect([...initializers.identity({ gain: 2 }).values([2, 3])]).toEqual([2, 0, 0, 0, 2, 0])
    expect(() => initializers.identity().values([3])).toThrow('Identity: only matrices have a diagonal, received: [3]')
  })
})

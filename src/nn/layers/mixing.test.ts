/** @file MixUp and CutMix: how shares are distributed, which images meet, what is cut out, and what becomes of targets. */
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../ops/evaluate.ts'
import { input as leaf } from '../../ops/index.ts'
import type { RefArray } from '../../ops/reference-kernel.ts'
import { Trace } from '../trace.ts'
import { layers } from './index.ts'
import { counting, runLayer } from './testing.ts'

type Mixing = ReturnType<typeof layers.mixUp> | ReturnType<typeof layers.cutMix>

/** Pictures that hold their own number in every element, after the layer in a training step; and what it says of them. */
function mixNumbers(layer: Mixing, { count = 400, step = 0, size = 1 } = {}) {
  const trace = new Trace({ training: true, updating: false })
  const { node } = layer.apply(trace.input('x', [count, size, size, 1], 'f32'))
  const numbers = leaf(trace.graph, 'numbers', { shape: [count, 1], dtype: 'f32', batched: true })
  const [{ share, partner }] = trace.blends
  const others = partner(numbers)
  const scalars: { [name: string]: number } = { step, invBatch: 1 / count }
  const own = Array.from({ length: count }, (_, n) => n)
  const values = evaluate(trace.graph.nodes, ({ attrs: { name, value }, shape }) => {
    if (name === 'numbers') return { data: Float64Array.from(own), shape }
    if (name === 'x')
      return { data: Float64Array.from(own.flatMap((n) => Array.from({ length: size * size }, () => n))), shape }
    return { data: Float64Array.of(scalars[String(name)] ?? Number(value)), shape }
  })
  const [pictures, shares, partners] = [node, share, others].map((each) => (values.get(each) as RefArray).data)
  return { pictures, shares: [...shares], partners: [...partners] }
}

/** The probability of at most x under Beta(a, a), by adding up its density over u = t^2a with x = sin^2 t, where it has no pole. */
function betaBelow(x: number, a: number): number {
  const mass = (to: number, pieces = 200) => {
    const end = to ** (2 * a)
    let sum = 0
    for (let i = 0; i < pieces; i++) {
      const t = (((i + 0.5) / pieces) * end) ** (1 / (2 * a))
      sum += ((Math.sin(t) / t) * Math.cos(t)) ** (2 * a - 1)
    }
    return (sum / pieces) * end
  }
  const half = mass(Math.PI / 4)
  return x <= 0.5 ? mass(Math.asin(Math.sqrt(x))) / (2 * half) : 1 - betaBelow(1 - x, a)
}

/** The largest difference between the share of these numbers below some x and what it should be. */
function distance(values: readonly number[], below: (x: number) => number): number {
  const places = [1e-4, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5]
  const differences = [...places, ...places.map((x) => 1 - x)].map((x) => {
    const share = values.filter((value) => value <= x).length / values.length
    return Math.abs(share - below(x))
  })
  return Math.max(...differences)
}

/** One sample in a hundred of this size is farther away from its distribution (Kolmogorov and Smirnov). */
const FAR = 1.63 / Math.sqrt(2000)

describe('mixUp', () => {
  it.each([0.1, 0.2, 0.5, 1, 4])('draws shares from Beta(%d, itself)', (alpha) => {
    const { shares } = mixNumbers(layers.mixUp({ alpha, seed: 1 }), { count: 2000 })
    expect(distance(shares, (x) => betaBelow(x, alpha))).toBeLessThan(FAR)
  })

  it('blends each image with its partner', () => {
    const { pictures, shares, partners } = mixNumbers(layers.mixUp({ alpha: 1, seed: 1 }))
    for (const [n, share] of shares.entries()) expect(pictures[n]).toBeCloseTo(share * n + (1 - share) * partners[n], 9)
  })

  it('takes partners equally far away, each image once, others in each step', () => {
    const layer = layers.mixUp({ seed: 1 })
    const shifts = Array.from({ length: 100 }, (_, step) => {
      const { partners } = mixNumbers(layer, { count: 5, step })
      expect(partners).toEqual(partners.map((_, n) => (n + partners[0]) % 5))
      return partners[0]
    })
    for (let by = 0; by < 5; by++) expect(Math.abs(shifts.filter((each) => each === by).length - 20)).toBeLessThan(13)
  })

  it('repeats itself with the same seed, and changes nothing outside of training', () => {
    const shares = (seed: number) => mixNumbers(layers.mixUp({ seed })).shares
    expect(shares(3)).toEqual(shares(3))
    expect(shares(3)).not.toEqual(shares(4))
    const x = counting(3, 2, 2, 1)
    expect(runLayer(layers.mixUp(), x)).toEqual(x)
    expect(() => layers.mixUp({ alpha: 0 })).toThrow('MixUp: alpha must be a number > 0, received: 0')
  })
})

describe('cutMix', () => {
  it('draws alpha from factor', () => {
    const { shares } = mixNumbers(layers.cutMix({ factor: [0.6, 0.6], seed: 1 }), { count: 2000 })
    expect(distance(shares, (x) => betaBelow(x, 0.6))).toBeLessThan(FAR)
    const mixed = mixNumbers(layers.cutMix({ factor: [0.1, 0.9], seed: 1 }), { count: 2000 })
    const average = (x: number) =>
      Array.from({ length: 16 }, (_, i) => betaBelow(x, 0.125 + i / 20)).reduce((a, b) => a + b / 16, 0)
    expect(distance(mixed.shares, average)).toBeLessThan(FAR)
  })

  it('puts a rectangle of the partner with the rest of the area into each image', () => {
    const size = 40
    const { pictures, shares, partners } = mixNumbers(layers.cutMix({ seed: 1 }), { count: 60, size })
    for (const [n, share] of shares.entries()) {
      const picture = pictures.subarray(n * size * size, (n + 1) * size * size)
      const cut = [...picture.keys()].filter((i) => picture[i] !== n)
      expect(cut.every((i) => picture[i] === partners[n])).toBe(true)
      if (partners[n] === n || cut.length === 0) continue
      const [rows, columns] = [cut.map((i) => Math.floor(i / size)), cut.map((i) => i % size)]
      const extent = (list: number[]) => Math.max(...list) - Math.min(...list) + 1
      expect(extent(rows) * extent(columns)).toBe(cut.length)
      const side = size * Math.sqrt(1 - share)
      for (const length of [extent(rows), extent(columns)]) expect(Math.abs(length - side)).toBeLessThanOrEqual(1)
    }
  })

  it('changes nothing outside of training', () => {
    const x = counting(3, 4, 4, 1)
    expect(runLayer(layers.cutMix(), x)).toEqual(x)
    expect(() => layers.cutMix({ factor: 1.5 })).toThrow('CutMix: factor must be a number or two >= 0 and <= 1')
  })
})

/** @file Both ways to look for free space find the lowest offset that is free, whatever is asked for. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Need, SpaceByTime, SpaceByValue } from './free-space.ts'

const needs = fc.array(
  fc
    .record({ from: fc.nat(6), length: fc.nat(4), bytes: fc.integer({ min: 1, max: 9 }) })
    .map(({ from, length, bytes }): Need => ({ from, to: from + length, bytes: 64 * bytes })),
  { maxLength: 40 },
)

const meet = (a: Need, b: Need) => a.from <= b.to && b.from <= a.to

it('finds the lowest offset at which nothing else lies at the same time', () => {
  fc.assert(
    fc.property(needs, (all) => {
      const [byTime, byValue] = [new SpaceByTime(), new SpaceByValue()]
      const placed: (Need & { offset: number })[] = []
      for (const need of all) {
        const others = placed.filter((other) => meet(need, other))
        const isFree = (offset: number) =>
          others.every((other) => offset + need.bytes <= other.offset || other.offset + other.bytes <= offset)
        let offset = 0
        while (!isFree(offset)) offset += 64
        expect([byTime.take(need), byValue.take(need)]).toEqual([offset, offset])
        placed.push({ ...need, offset })
      }
    }),
  )
})

/** @file Whatever the program, no two values that are alive together share a byte. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layOut, type Place } from './memory.ts'
import type { Call, Value } from './program.ts'
import { FakeProgram } from './program-testing.ts'
import { schedule } from './schedule.ts'

/** A chain of image calls; each reads some earlier values and makes one of a random size. */
const programs = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.array(fc.nat(), { maxLength: 3 })), {
    minLength: 1,
    maxLength: 25,
  })
  .map((specs) => {
    const p = new FakeProgram(4)
    const made = [p.value('x', 'input', true)]
    for (const [vectors, reads] of specs) {
      const y = p.value(`v${made.length}`, 'plain', true, vectors * 16)
      const inputs = [made.at(-1) as Value, ...reads.map((r) => made[r % made.length] as Value)]
      p.call(`c${made.length}`, inputs, [y], { scratchBytes: vectors })
      made.push(y)
    }
    p.outputs.set('out', made.at(-1) as Value)
    return p
  })

const touches = (call: Call, value: Value) => call.inputs.includes(value) || call.outputs.includes(value)

describe('layOut', () => {
  it('keeps values apart that are alive together, and scratch behind all of them', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const layout = layOut(schedule(program))
        const spans = program.values.flatMap((value) => {
          const place = layout.places.get(value) as Place
          if (place.region !== 'thread') return []
          const uses = program.calls.flatMap((call, i) => (touches(call, value) ? [i] : []))
          const [from, to] = [Math.min(...uses), Math.max(...uses)]
          return [{ from, to, begin: place.offset, end: place.offset + value.storage.bytes }]
        })
        for (const a of spans) {
          expect(a.begin % 64).toBe(0)
          expect(a.end).toBeLessThanOrEqual(layout.scratchOffset)
          for (const b of spans) {
            const together = a !== b && a.from <= b.to && b.from <= a.to
            if (together) expect(a.end <= b.begin || b.end <= a.begin).toBe(true)
          }
        }
        const scratch = Math.max(...program.calls.map((call) => call.scratchBytes ?? 0))
        expect(layout.threadBytes).toBeGreaterThanOrEqual(layout.scratchOffset + scratch)
      }),
    )
  })

  it('reuses memory: a long chain needs no more than its widest moment', () => {
    const p = new FakeProgram(1)
    let last = p.value('x', 'input', true)
    for (let i = 0; i < 20; i++) {
      const next = p.value(`v${i}`, 'plain', true, 1024)
      p.call(`c${i}`, [last], [next])
      last = next
    }
    p.outputs.set('out', last)
    expect(layOut(schedule(p)).scratchOffset).toBe(2 * 1024)
  })

  it('keeps outputs and values of several phases for the whole batch', () => {
    const p = new FakeProgram(8)
    const x = p.value('x', 'input', true)
    const [early, partial, mean] = [
      p.value('a', 'plain', true),
      p.value('s', 'lanes', false),
      p.value('m', 'plain', false),
    ]
    const late = p.value('b', 'plain', true)
    p.call('a', [x], [early])
    p.call('s', [early], [partial])
    p.call('m', [partial], [mean])
    p.call('b', [early, mean], [late])
    p.outputs.set('b', late)
    const { places, planBytes } = layOut(schedule(p))
    expect([early, late, partial, mean].map((value) => places.get(value)?.region)).toEqual(Array(4).fill('plan'))
    expect(planBytes).toBe(8 * 64 + 8 * 64 + 8 * 64 + 64)
  })
})

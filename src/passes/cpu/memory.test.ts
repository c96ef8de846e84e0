/** @file Whatever the program, no two values that are alive together share a byte. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layOut } from './memory.ts'
import type { Call, Value } from './program.ts'
import { FAKE_PACKING, FakeProgram } from './program-testing.ts'
import { type Schedule, schedule } from './schedule.ts'

/**
 * A chain of image calls; each reads some earlier values, makes one of a random size, may ask for a few images, and may
 * have to wait for a sum over the batch.
 */
const programs = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.nat(), { maxLength: 3 }),
      fc.constantFrom(undefined, undefined, 1, 2, 3, 8),
      fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    ),
    { minLength: 1, maxLength: 25 },
  )
  .map((specs) => {
    const p = new FakeProgram(7)
    const made = [p.value('x', 'input', true)]
    for (const [vectors, reads, shardImages, waits] of specs) {
      const y = p.value(`v${made.length}`, 'plain', true, vectors * 16)
      const inputs = [made.at(-1) as Value, ...reads.map((r) => made[r % made.length] as Value)]
      if (waits) inputs.push(sumOf(p, made.at(-1) as Value))
      p.call(`c${made.length}`, inputs, [y], { scratchBytes: vectors, shardImages })
      made.push(y)
    }
    p.outputs.set('out', made.at(-1) as Value)
    return p
  })

function sumOf(p: FakeProgram, value: Value): Value {
  const [partial, sum] = [p.value(`${value.name}.lanes`, 'lanes', false), p.value(`${value.name}.sum`, 'plain', false)]
  p.call(`reduce ${value.name}`, [value], [partial])
  p.call(`sum ${value.name}`, [partial], [sum])
  return sum
}

/** Runs a program on a memory that remembers what of which value was written last, and checks what is read. */
function pretend(program: FakeProgram) {
  const scheduled = schedule(program)
  const layout = layOut(scheduled)
  const memory = new Map<string, string>()
  const eachWord = (value: Value, part: Part, visit: (address: string, owner: string) => void) => {
    const place = layout.places.get(value)
    if (place?.region !== 'thread' && place?.region !== 'plan') return
    expect(place.offset % 64).toBe(0)
    const { bytes } = value.storage
    const begin = place.offset + (place.region === 'plan' ? part.first : part.first - part.shard) * place.stride
    const parts = value.kind === 'lanes' ? scheduled.lanes : value.batched ? part.last - part.first : 1
    const start = value.batched ? begin : place.offset
    const end = place.region === 'plan' ? layout.planBytes : layout.scratchOffset
    for (let i = 0; i < parts; i++)
      for (let word = 0; word < bytes; word += 16) {
        const address = start + i * bytes + word
        if (address + 16 > end) expect.fail(`${value.name} lies beyond the end`)
        visit(`${place.region} ${address}`, `${value.name} ${value.batched ? part.first + i : i}`)
      }
  }
  const isThere = (address: string, owner: string) => {
    if (memory.get(address) !== owner) expect(`${memory.get(address)} at ${address}`).toBe(owner)
  }
  for (const [call, part] of runs(scheduled)) {
    for (const value of call.inputs) eachWord(value, part, isThere)
    for (const value of call.outputs) eachWord(value, part, (address, owner) => memory.set(address, owner))
  }
  for (const value of program.outputs.values()) eachWord(value, { shard: 0, first: 0, last: program.batch }, isThere)
  const scratch = Math.max(...program.calls.map((call) => call.scratchBytes))
  expect(layout.threadBytes).toBeGreaterThanOrEqual(layout.scratchOffset + scratch)
}

interface Part {
  readonly shard: number
  readonly first: number
  readonly last: number
}

function* runs({ phases, shard: size, program: { batch } }: Schedule): Generator<[Call, Part]> {
  for (const { unitCalls, segments } of phases) {
    for (const call of unitCalls) yield [call, { shard: 0, first: 0, last: batch }]
    for (let shard = 0; shard < batch; shard += size)
      for (const { calls, images } of segments)
        for (let first = shard; first < Math.min(shard + size, batch); first += images)
          for (const call of calls) yield [call, { shard, first, last: Math.min(first + images, shard + size, batch) }]
  }
}

describe('layOut', () => {
  it('keeps every value until its last reader has it, however images are cut', () => {
    fc.assert(fc.property(programs, pretend))
  })

  it('gives a value that one segment makes and uses room for the images of that segment', () => {
    const p = new FakeProgram(8)
    const [x, a, b, c] = [
      p.value('x', 'input', true),
      p.value('a', 'plain', true, 640),
      p.value('b', 'plain', true, 640),
      p.value('c', 'plain', true, 640),
    ]
    p.call('a', [x], [a], { shardImages: 1 })
    p.call('b', [a], [b])
    p.call('c', [b], [c], { shardImages: 8 })
    p.call('d', [c], [p.value('d', 'plain', true)])
    const { places } = layOut(schedule(p))
    expect(places.get(a)).toMatchObject({ region: 'thread', stride: 0 })
    expect(places.get(b)).toMatchObject({ region: 'thread', stride: 640 })
    expect(places.get(c)).toMatchObject({ region: 'thread', stride: 0 })
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

  it('reuses the memory of values whose last phase is over', () => {
    const p = new FakeProgram(8)
    let last = p.value('x', 'input', true)
    for (let i = 0; i < 6; i++) {
      const next = p.value(`v${i}`, 'plain', true, 1024)
      p.call(`c${i}`, [last, ...(i ? [sumOf(p, last)] : [])], [next])
      last = next
    }
    p.call('end', [last, sumOf(p, last)], [p.value('end', 'plain', true)])
    const small = 8 * 64 + 64
    expect(layOut(schedule(p)).planBytes).toBeLessThanOrEqual(2 * 8 * 1024 + 2 * small)
  })

  it('keeps prepared weights for the next run unless this one changes parameters', () => {
    const inference = (updates: boolean) => {
      const p = new FakeProgram(8)
      const [x, w, packed] = [p.value('x', 'input', true), p.value('w', 'param', false), p.value('p', 'plain', false)]
      p.call('prepare', [w], [packed], { work: FAKE_PACKING })
      const first = p.value('a', 'plain', true)
      p.call('a', [x, packed], [first])
      const sum = sumOf(p, first)
      p.outputs.set('out', p.value('out', 'plain', false))
      const end = p.call('end', [sum], [p.outputs.get('out') as Value])
      if (updates) p.writes.set(end, [w])
      const { places } = layOut(schedule(p))
      const placeOf = (value: Value) => places.get(value) as { offset: number }
      return placeOf(sum).offset === placeOf(packed).offset
    }
    expect([inference(false), inference(true)]).toEqual([false, true])
  })
})

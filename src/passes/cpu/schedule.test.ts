/** @file Phases, lanes and shards. */
import { describe, expect, it } from 'vitest'
import { FakeProgram } from './program-testing.ts'
import { imageCallsOf, schedule } from './schedule.ts'

/** A training step in miniature: prepare weights, forward and backward on images, sum lanes, update. */
function trainingStep(batch: number, shardImages = 1) {
  const p = new FakeProgram(batch)
  const [x, w] = [p.value('x', 'input', true), p.value('w', 'param', false)]
  const [packed, y] = [p.value('packed', 'plain', false), p.value('y', 'plain', true)]
  const [partial, sum] = [p.value('dw', 'lanes', false), p.value('dw.sum', 'plain', false)]
  p.call('prepare', [w], [packed])
  p.call('forward', [x, packed], [y], { shardImages })
  p.call('backward', [x, y], [partial])
  p.call('sum', [partial], [sum])
  const update = p.call('update', [w, sum], [w])
  p.writes.set(update, [w])
  return p
}

const names = (program: FakeProgram) =>
  schedule(program).phases.map((phase) =>
    [...phase.unitCalls, ...imageCallsOf(phase)].map((call) => call.name).join(' '),
  )

describe('schedule', () => {
  it('puts barriers only where threads must meet', () => {
    expect(names(trainingStep(128))).toEqual(['prepare', 'forward backward', 'sum', 'update'])
  })

  it('updates a parameter only after all who read it', () => {
    const p = new FakeProgram(8)
    const [x, w, y] = [p.value('x', 'input', true), p.value('w', 'param', false), p.value('y', 'plain', true)]
    const update = p.call('update', [w], [w])
    p.call('forward', [x, w], [y])
    p.writes.set(update, [w])
    expect(names(p)).toEqual(['forward', 'update'])
  })

  it('moves what depends on an update along with it', () => {
    const p = new FakeProgram(8)
    const [x, w, y] = [p.value('x', 'input', true), p.value('w', 'param', false), p.value('y', 'plain', true)]
    const byproduct = p.value('b', 'plain', false)
    const update = p.call('update', [w], [w, byproduct])
    p.call('use', [byproduct], [p.value('c', 'plain', false)])
    p.call('forward', [x, w], [y])
    p.writes.set(update, [w])
    expect(names(p)).toEqual(['forward', 'update', 'use'])
  })

  it('updates nothing before the guard is known', () => {
    const p = new FakeProgram(8)
    const [x, w, rate] = [p.value('x', 'input', true), p.value('w', 'param', false), p.value('rate', 'scalar', false)]
    const [partial, loss] = [p.value('partial', 'lanes', false), p.value('loss', 'plain', false)]
    const update = p.call('update', [w, rate], [w])
    p.call('loss', [x], [partial])
    p.call('sum', [partial], [loss])
    p.writes.set(update, [w])
    expect(names(p)).toEqual(['update loss', 'sum'])
    p.guard = loss
    expect(names(p)).toEqual(['loss', 'sum', 'update'])
  })

  it('couples images through a sum: what needs the sum waits for all images', () => {
    const p = new FakeProgram(8)
    const [x, partial, mean] = [p.value('x', 'input', true), p.value('s', 'lanes', false), p.value('m', 'plain', false)]
    p.call('reduce', [x], [partial])
    p.call('sum', [partial], [mean])
    p.call('normalize', [x, mean], [p.value('y', 'plain', true)])
    expect(names(p)).toEqual(['reduce', 'sum', 'normalize'])
  })

  it('lets what reads other images wait for all of them, unless they are fed', () => {
    const p = new FakeProgram(8)
    const [x, y, own] = [p.value('x', 'input', true), p.value('y', 'plain', true), p.value('own', 'plain', true)]
    p.call('shift x', [x], [p.value('a', 'plain', true)], { crosses: x })
    p.call('make y', [x], [y])
    p.call('use y', [y], [own])
    p.call('shift y', [y, own], [p.value('b', 'plain', true)], { crosses: y })
    expect(names(p)).toEqual(['shift x make y', 'use y shift y'])
  })

  it.each([
    { batch: 128, shardImages: 1, shard: 1, lanes: 16, laneImages: 8 },
    { batch: 128, shardImages: 16, shard: 16, lanes: 8, laneImages: 16 },
    { batch: 1, shardImages: 16, shard: 1, lanes: 1, laneImages: 1 },
    { batch: 100, shardImages: 1, shard: 1, lanes: 15, laneImages: 7 },
    { batch: 1000, shardImages: 16, shard: 16, lanes: 16, laneImages: 64 },
  ])('cuts a batch of $batch with shards of $shardImages into lanes', ({ batch, shardImages, ...expected }) => {
    const { shard, lanes, laneImages } = schedule(trainingStep(batch, shardImages))
    expect({ shard, lanes, laneImages }).toEqual(expected)
    expect(lanes * laneImages).toBeGreaterThanOrEqual(batch)
    expect((lanes - 1) * laneImages).toBeLessThan(batch)
  })

  it('takes images a few at a time where calls want that, and leaves those that do not care with their neighbours', () => {
    const p = new FakeProgram(32)
    let last = p.value('x', 'input', true)
    const wishes = [undefined, 1, undefined, 4, 16, undefined, 40, 1]
    for (const [i, shardImages] of wishes.entries()) {
      const next = p.value(`v${i}`, 'plain', true)
      p.call(`c${i}`, [last], [next], { shardImages })
      last = next
    }
    const { phases, shard } = schedule(p)
    expect(shard).toBe(32)
    expect(phases[0]?.segments.map(({ calls, images }) => [images, calls.map(({ name }) => name).join(' ')])).toEqual([
      [1, 'c0 c1 c2'],
      [4, 'c3'],
      [16, 'c4 c5'],
      [32, 'c6'],
      [1, 'c7'],
    ])
  })

  it('postpones what is read behind a sum over the batch, unless its operands would have to wait for it', () => {
    const phaseOf = (keepsX: boolean) => {
      const p = new FakeProgram(8)
      const [a, x, y, z] = ['a', 'x', 'y', 'z'].map((name) => p.value(name, name === 'a' ? 'input' : 'plain', true))
      const [partial, total] = [p.value('s', 'lanes', false), p.value('t', 'plain', false)]
      p.call('x', [a], [x])
      const call = p.call('y', [x], [y])
      p.call('reduce', [x], [partial])
      p.call('sum', [partial], [total])
      p.call('z', [y, total, ...(keepsX ? [x] : [])], [z])
      return schedule(p).phaseOf.get(call)
    }
    expect([phaseOf(true), phaseOf(false)]).toEqual([2, 0])
  })

  it('lets calls take the images that they like together only where results stay in the cache', () => {
    const imagesOf = (bytes: number) => {
      const p = new FakeProgram(32)
      const [x, y, z] = [p.value('x', 'input', true), p.value('y', 'plain', true, bytes), p.value('z', 'plain', true)]
      p.call('y', [x], [y])
      p.call('z', [y], [z], { likedImages: 4 })
      return schedule(p).shard
    }
    expect([imagesOf(16 * 1024), imagesOf(1024 * 1024)]).toEqual([4, 1])
  })
})

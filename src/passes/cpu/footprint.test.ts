/** @file The parts of a plan's memory are its memory: nothing is missing, nothing counts twice. */
import { expect, it } from 'vitest'
import { footprintOf } from './footprint.ts'
import { layOut } from './memory.ts'
import { FAKE_PACKING, FakeProgram } from './program-testing.ts'
import { schedule } from './schedule.ts'

/** Two phases: weights prepared and images handed on in the first, partial sums added up in the second. */
function plan() {
  const p = new FakeProgram(8)
  const [x, weight] = [p.value('x', 'input', true), p.value('conv/kernel', 'param', false)]
  const [panels, y, z] = [p.value('p', 'plain', false, 128), p.value('y', 'plain', true), p.value('z', 'plain', true)]
  const [partial, sum] = [p.value('s', 'lanes', false), p.value('s.sum', 'plain', false)]
  p.call('panels', [weight], [panels], { work: FAKE_PACKING, label: 'conv/kernel', onImages: false })
  p.call('y', [x, panels], [y], { label: 'conv', scratchBytes: 100 })
  p.call('z', [y], [z], { label: 'relu' })
  p.call('s', [z], [partial], { label: 'conv' })
  p.call('sum', [partial], [sum], { label: 's', onImages: false })
  p.outputs.set('z', z)
  const scheduled = schedule(p)
  const machine = { isa: 'simd', tileRows: 4 } as const
  return { ...scheduled, ...layOut(scheduled), machine, macs: 0 }
}

it('names what each part is for', () => {
  expect(footprintOf(plan(), 2)).toEqual([
    { kind: 'batch', label: 'relu', bytes: 8 * 64 },
    { kind: 'sums', label: 'conv', bytes: 8 * 64 },
    { kind: 'prepared', label: 'conv/kernel', bytes: 128 },
    { kind: 'sums', label: 'conv', bytes: 64 },
    { kind: 'shard', label: '', bytes: 2 * 64 },
    { kind: 'scratch', label: '', bytes: 2 * 128 },
  ])
})

it('counts bytes once that several values use one after the other', () => {
  const p = new FakeProgram(8)
  const [x, w, a, b] = [
    p.value('x', 'input', true),
    p.value('w', 'param', false),
    p.value('a', 'lanes', false),
    p.value('b', 'plain', false, 256),
  ]
  p.call('a', [x], [a], { label: 'first' })
  const [sum, other] = [p.value('sum', 'plain', false), p.value('other', 'plain', false, 384)]
  p.call('sum', [a], [sum], { onImages: false, label: 'sum' })
  p.call('b', [sum], [b], { onImages: false, label: 'second' })
  p.call('other', [b], [other], { onImages: false, label: 'third' })
  p.writes.set(p.call('w', [other], [w], { onImages: false }), [w])
  const scheduled = schedule(p)
  const machine = { isa: 'simd', tileRows: 4 } as const
  const plan = { ...scheduled, ...layOut(scheduled), machine, macs: 0 }
  const shared = footprintOf(plan, 1).filter(({ label }) => label)
  expect(shared).toContainEqual({ kind: 'sums', label: 'first', bytes: 8 * 64 })
  expect(shared.reduce((total, { bytes }) => total + bytes, 0)).toBe(plan.planBytes)
})

it('adds up to the regions of the plan, and counts no thread without a lane', () => {
  const { planBytes, threadBytes, lanes } = plan()
  expect(lanes).toBe(8)
  for (const [threads, arenas] of [
    [1, 1],
    [3, 3],
    [20, 8],
  ] as const) {
    const total = footprintOf(plan(), threads).reduce((sum, { bytes }) => sum + bytes, 0)
    expect(total).toBe(planBytes + arenas * threadBytes)
  }
})

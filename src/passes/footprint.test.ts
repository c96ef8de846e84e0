/** @file The parts of a plan's memory are its memory: nothing is missing, nothing counts twice. */
import { expect, it } from 'vitest'
import { footprintOf } from './footprint.ts'
import { layOut } from './memory.ts'
import { FakeProgram } from './program-testing.ts'
import { schedule } from './schedule.ts'

/** Two phases: weights prepared and images handed on in the first, partial sums added up in the second. */
function plan() {
  const p = new FakeProgram(8)
  const [x, weight] = [p.value('x', 'input', true), p.value('conv/kernel', 'param', false)]
  const [panels, y, z] = [p.value('p', 'plain', false, 128), p.value('y', 'plain', true), p.value('z', 'plain', true)]
  const [partial, sum] = [p.value('s', 'lanes', false), p.value('s.sum', 'plain', false)]
  p.call('panels', [weight], [panels], { prepares: true, label: 'conv/kernel', onImages: false })
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
    { kind: 'prepared', label: 'conv/kernel', bytes: 128 },
    { kind: 'batch', label: 'relu', bytes: 8 * 64 },
    { kind: 'sums', label: 'conv', bytes: 8 * 64 },
    { kind: 'sums', label: 'conv', bytes: 64 },
    { kind: 'shard', label: '', bytes: 2 * 64 },
    { kind: 'scratch', label: '', bytes: 2 * 128 },
  ])
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

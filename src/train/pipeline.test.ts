/** @file Tests of running ahead: order, limits, and a clean end. */
import { expect, it } from 'vitest'
import { pipelined } from './pipeline.ts'

/** A job that is watched. */
function watched() {
  const state = { running: 0, most: 0, done: [] as number[] }
  const job = async (item: number) => {
    state.most = Math.max(state.most, ++state.running)
    await new Promise((resolve) => setTimeout(resolve, item % 2 ? 1 : 3))
    state.running -= 1
    state.done.push(item)
    if (item === 13) throw new Error('unlucky')
    return item * 10
  }
  return { state, job }
}

async function* arriving(...items: number[]) {
  for (const item of items) {
    await Promise.resolve()
    yield item
  }
}

it('yields in order and keeps so many jobs running', async () => {
  const { state, job } = watched()
  const results = []
  for await (const result of pipelined([0, 1, 2, 3, 4], () => 2, job)) results.push(result)
  for await (const result of pipelined(arriving(5, 6), () => 2, job)) results.push(result)
  expect(results).toEqual([0, 10, 20, 30, 40, 50, 60])
  expect(state.most).toBe(2)
})

it('starts no job before the last result was consumed when it is one at a time', async () => {
  const { state, job } = watched()
  for await (const result of pipelined([0, 1, 2], () => 1, job)) {
    expect(state.running).toBe(0)
    expect(state.done).toHaveLength(result / 10 + 1)
  }
})

it('waits for what has begun when the consumer leaves or a job fails', async () => {
  const { state, job } = watched()
  for await (const _ of pipelined([0, 1, 2, 3, 4], () => 2, job)) break
  expect([state.running, state.done]).toEqual([0, [1, 0]])
  const failing = watched()
  await expect(async () => {
    for await (const _ of pipelined([13, 14, 15], () => 2, failing.job));
  }).rejects.toThrow('unlucky')
  expect(failing.state.running).toBe(0)
})

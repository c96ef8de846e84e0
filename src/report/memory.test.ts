/** @file Checks the table of memory. */
import { expect, test } from 'vitest'
import { memoryTable } from './memory.ts'

test('kinds are added up, unused ones left out, and the last row is the peak', () => {
  const training = [
    { kind: 'shard', bytes: 2048 },
    { kind: 'weights', bytes: 1024 },
    { kind: 'shard', bytes: 512 },
    { kind: 'slots', bytes: 0 },
  ]
  const columns = [
    { title: 'Training', parts: training },
    { title: 'Inference', parts: [{ kind: 'weights', bytes: 1024 }] },
  ]
  expect(memoryTable('Of a small network', columns)).toEqual({
    caption: 'Of a small network',
    columns: ['Memory', 'Training', 'Inference'],
    rows: [
      ['weights', '1.00 KB', '1.00 KB'],
      ['values of the images at work', '2.50 KB', '–'],
      ['peak', '3.50 KB', '1.00 KB'],
    ],
  })
})

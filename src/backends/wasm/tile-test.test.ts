/** @file Tests of what the self-test keeps and believes; which tile is faster no test can know. */
import { expect, it, vi } from 'vitest'

/** A new process, as far as the self-test can tell. */
async function fresh() {
  vi.resetModules()
  return (await import('./tile-test.ts')).fastestTileRows
}

/** Records that answer every question alike, and what they were asked. */
function answering(text: string | undefined) {
  const asked: string[] = []
  const read = (test: string) => {
    asked.push(test)
    return text
  }
  return { asked, records: { read, write: () => {} } }
}

it.each([4, 6])('believes a record of %i rows', async (rows) => {
  expect((await fresh())('simd', answering(String(rows)).records)).toBe(rows)
})

it('keeps the instruction sets apart, and asks once in a process', async () => {
  const { asked, records } = answering('4')
  const rowsOf = await fresh()
  for (const isa of ['simd', 'relaxed', 'simd', 'relaxed'] as const) rowsOf(isa, records)
  expect(new Set(asked).size).toBe(2)
  expect(asked).toHaveLength(2)
})

it.each(['5', '', '6 ', 'NaN', undefined])('measures when the record is %j', async (text) => {
  expect([4, 6]).toContain((await fresh())('simd', answering(text).records))
})

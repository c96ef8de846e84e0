/** @file The binary version of CIFAR-10: decoding, and what damaged files are told. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { setPlatform } from '../base/platform.ts'
import { nodePlatform } from '../node-platform.ts'
import { CIFAR10, cifar10, parseCifar10 } from './cifar10.ts'

/** Records with the given labels; every plane of picture n counts up from n + 0, 100 and 200. */
function records(...labels: number[]): Uint8Array {
  const bytes = new Uint8Array(labels.length * 3073)
  for (const [n, label] of labels.entries())
    bytes.set(
      [label, ...Array.from({ length: 3072 }, (_, i) => (n + 100 * Math.floor(i / 1024) + (i % 1024)) & 255)],
      n * 3073,
    )
  return bytes
}

describe('parseCifar10', () => {
  it('turns planes into pixels', () => {
    const { x, y } = parseCifar10(records(3, 9))
    expect(x.shape).toEqual([2, 32, 32, 3])
    expect(Array.from(y.data)).toEqual([3, 9])
    expect(Array.from(x.data.subarray(0, 6))).toEqual([0, 100, 200, 1, 101, 201])
    expect(Array.from(x.slice(1, 2).data.subarray(32 * 3, 32 * 3 + 3))).toEqual([33, 133, 233])
  })

  it.each([
    [records(1).subarray(0, 3072), /^f.bin is truncated: 1 records of 3073 bytes make 3073 bytes, received: 3072$/],
    [new Uint8Array(0), /^f.bin is truncated/],
    [records(1, 10), /^f.bin: the label of picture 1 must be 0 to 9, received: 10$/],
  ])('refuses damaged bytes (%#)', (bytes, message) => {
    expect(() => parseCifar10(bytes, 'f.bin')).toThrow(message)
  })
})

describe('cifar10', () => {
  let folder: string
  beforeAll(() => setPlatform(nodePlatform))
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'separable-'))
    for (const [name, size] of Object.entries(CIFAR10.files)) {
      writeFileSync(join(folder, name), records(name.startsWith('test') ? 7 : 4))
      truncateSync(join(folder, name), size) // grows with zeros
    }
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('reads only what the limit asks for', async () => {
    truncateSync(join(folder, 'data_batch_3.bin'), 5000)
    const { train, test, classes } = await cifar10({ dataDir: folder, limit: 10_001 })
    expect([train.x.shape, train.y.shape, test.x.shape]).toEqual([[10_001, 32, 32, 3], [10_001], [10_000, 32, 32, 3]])
    expect([train.y.data[0], train.y.data[1], train.y.data[10_000], test.y.data[0]]).toEqual([4, 0, 4, 7])
    expect(classes[4]).toBe('deer')
  })

  it('names the truncated file', async () => {
    truncateSync(join(folder, 'test_batch.bin'), 30_729_999)
    await expect(cifar10({ dataDir: folder, limit: 1 })).rejects.toThrow(
      `${folder}/test_batch.bin is truncated: 10000 records of 3073 bytes make 30730000 bytes, received: 30729999`,
    )
  })

  it.each([0, -5, 2.5, Number.NaN])('refuses the limit %s', async (limit) => {
    await expect(cifar10({ dataDir: folder, limit })).rejects.toThrow(
      /^cifar10: limit must be an integer >= 1, received: /,
    )
  })
})

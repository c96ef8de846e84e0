/** @file The idx format, and MNIST and Fashion-MNIST from small files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { setPlatform } from '../base/platform.ts'
import { nodePlatform } from '../node-platform.ts'
import { parseIdx } from './idx.ts'
import { fashionMnist, mnist } from './mnist.ts'

function idx(shape: number[], values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x800 + shape.length)
  for (const [axis, n] of shape.entries()) view.setUint32(4 + 4 * axis, n)
  bytes.set(values, 4 + 4 * shape.length)
  return bytes
}

describe('parseIdx', () => {
  it('reads a header and its values', () => {
    const { shape, data } = parseIdx(idx([2, 3], [1, 2, 3, 4, 5, 6]))
    expect(shape).toEqual([2, 3])
    expect(Array.from(data)).toEqual([1, 2, 3, 4, 5, 6])
  })

  it.each([
    [new Uint8Array(0), /^f is not an idx file of bytes: it starts received: ""$/],
    [Uint8Array.of(0x1f, 0x8b, 8, 0, 1), /^f is not an idx .* "1f 8b 08 00"$/],
    [Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 0), /^f is not an idx .* "00 00 0d 01"$/],
    [Uint8Array.of(0, 0, 8, 9), /^f is not an idx .* "00 00 08 09"$/],
    [idx([2, 3], [1, 2, 3, 4, 5]), /^f is truncated or too long: its header says \[2, 3\], received: 17 bytes$/],
    [idx([2, 3], [1, 2, 3]).subarray(0, 9), /^f is truncated or too long/],
    [idx([0xffffffff, 0xffffffff], [1]), /^f is truncated or too long/],
  ])('refuses damaged bytes (%#)', (bytes, message) => {
    expect(() => parseIdx(bytes, 'f')).toThrow(message)
  })
})

describe('mnist and fashionMnist', () => {
  const images = idx(
    [3, 28, 28],
    Uint8Array.from({ length: 3 * 784 }, (_, i) => i & 255),
  )
  const labels = idx([3], [5, 0, 9])
  let folder: string
  beforeAll(() => setPlatform(nodePlatform))
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'separable-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function place(name: string, pack: (bytes: Uint8Array) => Uint8Array, suffix: string): void {
    mkdirSync(join(folder, name))
    for (const part of ['train', 't10k']) {
      writeFileSync(join(folder, name, `${part}-images-idx3-ubyte${suffix}`), pack(images))
      writeFileSync(join(folder, name, `${part}-labels-idx1-ubyte${suffix}`), pack(labels))
    }
  }

  it('reads packed and plain files, each set from its own folder', async () => {
    place('mnist', gzipSync, '.gz')
    place('fashion-mnist', (bytes) => bytes, '')
    const digits = await mnist({ dataDir: folder })
    const clothes = await fashionMnist({ dataDir: folder, limit: 2 })
    expect(digits.train.x.shape).toEqual([3, 28, 28, 1])
    expect(digits.train.x.data[29]).toBe(29)
    expect(Array.from(digits.test.y.data)).toEqual([5, 0, 9])
    expect(clothes.train.x.shape).toEqual([2, 28, 28, 1])
    expect(Array.from(clothes.test.y.data)).toEqual([5, 0])
    expect(clothes.classes[9]).toBe('ankle boot')
  })

  it.each([
    ['t10k-labels-idx1-ubyte', idx([3], [1, 10, 2]), /ubyte: the label of picture 1 must be 0 to 9, received: 10$/],
    ['train-labels-idx1-ubyte', idx([2], [1, 2]), /labels-idx1-ubyte must hold \[3\], received: \[2\]$/],
    ['train-images-idx3-ubyte', idx([3, 28, 27], new Uint8Array(3 * 28 * 27)), /must hold \[3, 28, 28\], received: /],
    ['t10k-images-idx3-ubyte', labels, /t10k-images-idx3-ubyte must hold \[3, 28, 28\], received: \[3\]$/],
    ['t10k-images-idx3-ubyte', images.subarray(0, 2000), /t10k-images-idx3-ubyte is truncated or too long/],
  ])('refuses a damaged %s (%#)', async (name, content, message) => {
    place('mnist', (bytes) => bytes, '')
    writeFileSync(join(folder, 'mnist', name), content)
    await expect(mnist({ dataDir: folder })).rejects.toThrow(message)
  })

  it('says where it looked', async () => {
    await expect(mnist({ dataDir: folder })).rejects.toThrow(
      `mnist is not there: ${folder}/mnist has no train-images-idx3-ubyte and 3 more; get it with "separable data download mnist"`,
    )
  })
})

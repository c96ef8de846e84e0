/** @file Which pictures of a folder become examples, in which order, and what hostile folders cannot do. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SeparableError } from '../base/errors.ts'
import { type ImageFormat, setPlatform } from '../base/platform.ts'
import { nodePlatform } from '../node-platform.ts'
import { encodePng } from '../report/png.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { imageFolder } from './image-folder.ts'

const PER_CLASS = 10

/** A picture of one grey value; every value occurs once. */
const picture = (value: number) => encodePng(new NdArray(new Uint8Array(4).fill(value), [2, 2, 1]))

/** Stands in for a decoder: takes the grey value out of the stored pixels of `picture`, which lie at a fixed place. */
async function decodeImage(path: string, bytes: Uint8Array, { height, width, channels }: ImageFormat) {
  const at = bytes.findIndex((_, i) => bytes[i] === 0x78 && bytes[i + 1] === 0x01)
  if (bytes.length < 50) throw new SeparableError('data', `${path} cannot be decoded, received: "cut"`)
  return new Uint8Array(height * width * channels).fill(bytes[at + 8])
}

let root: string
const at = (...parts: string[]) => join(root, ...parts)

/** A folder of two classes: grey values 0 to 9 are cats, 10 to 19 dogs. */
function makeFolder(name: string): string {
  for (const [label, kind] of ['cat', 'dog'].entries()) {
    mkdirSync(at(name, kind), { recursive: true })
    for (let i = 0; i < PER_CLASS; i++) writeFileSync(at(name, kind, `${i}.PNG`), picture(PER_CLASS * label + i))
  }
  return at(name)
}

beforeAll(() => {
  setPlatform({ ...nodePlatform, decodeImage })
  root = mkdtempSync(join(tmpdir(), 'separable-folder-'))
  makeFolder('pets')
})
afterAll(() => {
  rmSync(root, { recursive: true })
  setPlatform(undefined)
})

const SIZE = { imageSize: [2, 3], colorMode: 'grayscale' } as const
const values = ({ x }: { x: NdArray<Uint8Array> }) =>
  Array.from({ length: x.shape[0] }, (_, i) => x.data[i * x.itemSize])

describe('imageFolder', () => {
  it('splits every class alike, and loses no picture', async () => {
    const { name, classes, train, test, skipped } = await imageFolder(at('pets/'), { ...SIZE, validationSplit: 0.3 })
    expect([name, classes, skipped]).toEqual(['pets', ['cat', 'dog'], []])
    expect([train.x.shape, test.x.shape]).toEqual([
      [14, 2, 3, 1],
      [6, 2, 3, 1],
    ])
    for (const split of [train, test]) {
      expect(Array.from(split.y.data)).toEqual(values(split).map((value) => Math.floor(value / PER_CLASS)))
      expect(split.y.data.reduce((sum, label) => sum + label, 0)).toBe(split.y.data.length / 2)
    }
    const all = [...values(train), ...values(test)]
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it('repeats itself for a seed, and is another for another', async () => {
    const order = async (seed: number) => {
      const { train, test } = await imageFolder(at('pets'), { ...SIZE, seed })
      return [...values(train), ...values(test)]
    }
    expect(await order(1)).toEqual(await order(1))
    expect(await order(1)).not.toEqual(await order(2))
  })

  it('keeps the pictures as bytes in shared memory', async () => {
    const { train } = await imageFolder(at('pets'), { imageSize: 4 })
    expect(train.x.data.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(train.x.shape).toEqual([16, 4, 4, 3])
  })

  it('takes all for training where nothing is to be kept, and no more than the limit', async () => {
    const { train, test } = await imageFolder(at('pets'), { ...SIZE, validationSplit: 0 })
    expect([train.y.shape, test.x.shape]).toEqual([[20], [0, 2, 3, 1]])
    const few = await imageFolder(at('pets'), { ...SIZE, limit: 3 })
    expect([few.train.y.shape, few.test.y.shape]).toEqual([[3], [3]])
  })

  it('puts classes into the order that is asked for, with gaps', async () => {
    const classNames = ['dog', 'bird', 'cat']
    const { classes, train } = await imageFolder(at('pets'), { ...SIZE, classNames })
    expect(classes).toEqual(classNames)
    expect(new Set(train.y.data)).toEqual(new Set([0, 2]))
    await expect(imageFolder(at('pets'), { ...SIZE, classNames: ['cat', 'bird'] })).rejects.toThrow(
      /a sub-folder has the name of no class, received: "dog"$/,
    )
  })

  it('tells how far it is, and ends when it is told to', async () => {
    const told: number[] = []
    await imageFolder(at('pets'), { ...SIZE, onProgress: (done, total) => told.push(done / total) })
    expect([told.length, told.at(-1)]).toEqual([20, 1])
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(imageFolder(at('pets'), { ...SIZE, signal })).rejects.toThrow('enough')
  })
})

describe('a hostile folder', () => {
  it('names what is broken, and follows no link', async () => {
    const path = makeFolder('odd')
    writeFileSync(at('odd', 'cat', 'cut.png'), picture(99).subarray(0, 40))
    writeFileSync(at('odd', 'cat', 'vector.png'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
    writeFileSync(at('odd', 'dog', 'huge.jpg'), '')
    truncateSync(at('odd', 'dog', 'huge.jpg'), 2 ** 27)
    writeFileSync(at('odd', 'dog', 'notes.txt'), 'no picture')
    mkdirSync(at('odd', '.hidden'))
    mkdirSync(at('odd', 'dog', 'more'))
    symlinkSync(at('pets', 'cat', '1.PNG'), at('odd', 'dog', 'link.png'))
    symlinkSync(at('pets'), at('odd', 'linked'))
    const { classes, train, test, skipped } = await imageFolder(path, SIZE)
    expect(classes).toEqual(['cat', 'dog'])
    expect(train.y.data.length + test.y.data.length).toBe(20)
    expect(skipped.map(({ path }) => path.slice(root.length + 5)).sort()).toEqual(
      ['cat/cut.png', 'cat/vector.png', 'dog/huge.jpg', 'dog/link.png', 'dog/more', 'linked'].sort(),
    )
    const reasonOf = (name: string) => skipped.find(({ path }) => path.endsWith(name))?.reason
    expect(reasonOf('vector.png')).toMatch(/is no JPEG, PNG, GIF or WebP file, received: /)
    expect(reasonOf('huge.jpg')).toMatch(/is too large: at most 67108864 bytes, received: 134217728$/)
  })

  it.each([
    ['is not there', 'nowhere', /^cannot read the folder .*nowhere: no such file or directory, received: "ENOENT"$/],
    ['has no classes', 'pets/cat', /must have a sub-folder of pictures for each class, .*received: 0$/],
  ])('%s', async (_, name, message) => {
    await expect(imageFolder(at(name), SIZE)).rejects.toThrow(message)
  })

  it('has a class without a picture', async () => {
    makeFolder('gap')
    mkdirSync(at('gap', 'bird'))
    writeFileSync(at('gap', 'bird', 'x.png'), 'x')
    await expect(imageFolder(at('gap'), SIZE)).rejects.toThrow(
      /class bird has no picture that could be read \(1 left out, the first because .*is no JPEG/,
    )
  })

  it('has a class with escape codes in its name', async () => {
    makeFolder('escape')
    mkdirSync(at('escape', '\u001b[2Jcat'))
    await expect(imageFolder(at('escape'), SIZE)).rejects.toThrow(/the name of a class holds control characters/)
  })

  it('would not fit into memory', async () => {
    makeFolder('many')
    for (let i = 0; i < 50; i++) writeFileSync(at('many', 'cat', `more-${i}.png`), picture(0))
    await expect(imageFolder(at('many'), { imageSize: 4096 })).rejects.toThrow(
      /^70 pictures of 4096x4096 need too much memory: take a smaller imageSize or a limit, received: 3523215360 bytes$/,
    )
  })

  it.each([
    [{ imageSize: [0, 3] }, /^imageSize must be \[height, width\], each a whole number from 1 to 4096, received: /],
    [{ validationSplit: 1 }, /^validationSplit must be at least 0 and below 1, received: 1$/],
    [{ limit: 0.5 }, /^limit must be a whole number, at least 1, received: 0.5$/],
    [{ colorMode: 'cmyk' }, /^colorMode must be "rgb" or "grayscale", received: "cmyk"$/],
  ])('is asked for %j', async (options, message) => {
    await expect(imageFolder(at('pets'), options as never)).rejects.toThrow(message)
  })
})

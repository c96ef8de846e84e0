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
import { picturesBelow, type SkippedFile } from './folder-files.ts'
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

describe('files by their first bytes', () => {
  it('are pictures whatever they are called', async () => {
    const path = makeFolder('names')
    for (const [i, name] of ['photo.jfif', 'IMG_0001', 'scan.bmp', 'x.dat'].entries())
      writeFileSync(at('names', 'cat', name), picture(30 + i))
    const { train, test, skipped } = await imageFolder(path, SIZE)
    expect([train.y.data.length + test.y.data.length, skipped]).toEqual([24, []])
    expect([...values(train), ...values(test)]).toEqual(expect.arrayContaining([30, 31, 32, 33]))
  })

  it.each([
    ['a.bmp', 'BM\x36\0\0\0', 'BMP'],
    ['a.tif', 'II*\0\x08\0', 'TIFF'],
    ['a.jpg', '\0\0\0 ftypavif', 'AVIF'],
    ['a.heic', '\0\0\0$ftypheic', 'HEIC'],
    ['a.jxl', '\0\0\0\x0cJXL \r\n', 'JPEG XL'],
  ])('name the kind that is not read: %s', async (name, bytes, kind) => {
    const path = makeFolder(`kind-${kind}`)
    writeFileSync(join(path, 'dog', name), bytes, 'latin1')
    const { skipped } = await imageFolder(path, SIZE)
    expect(skipped).toEqual([
      {
        path: join(path, 'dog', name),
        reason: expect.stringContaining(`is a ${kind} picture; JPEG, PNG, GIF and WebP`),
      },
    ])
  })
})

it('picturesBelow finds the pictures of a folder and those below it, and follows no link', async () => {
  const path = makeFolder('tree')
  writeFileSync(join(path, 'a.txt'), 'text')
  symlinkSync(at('pets'), join(path, 'link'))
  const skipped: SkippedFile[] = []
  const found = await picturesBelow(path, skipped)
  expect([found.length, found[0], found.at(-1)]).toEqual([20, join(path, 'cat', '0.PNG'), join(path, 'dog', '9.PNG')])
  expect(skipped.map(({ path }) => path)).toEqual([join(path, 'a.txt'), join(path, 'link')])
})

describe('few pictures', () => {
  const few = async (cats: number, dogs: number, options = {}) => {
    const path = at(`few-${cats}-${dogs}`)
    for (const [label, [kind, count]] of Object.entries({ cat: cats, dog: dogs }).entries()) {
      mkdirSync(join(path, kind), { recursive: true })
      for (let i = 0; i < count; i++) writeFileSync(join(path, kind, `${i}.png`), picture(10 * label + i))
    }
    const { train, test } = await imageFolder(path, { ...SIZE, ...options })
    return [train, test].map(({ y }) => [0, 1].map((label) => y.data.filter((each) => each === label).length))
  }

  it('keep one of each class for tests where there are two, and never all of a class', async () => {
    expect(await few(2, 2)).toEqual([
      [1, 1],
      [1, 1],
    ])
    expect(await few(1, 2)).toEqual([
      [1, 1],
      [0, 1],
    ])
    expect(await few(1, 1)).toEqual([
      [1, 1],
      [0, 0],
    ])
    expect(await few(3, 60)).toEqual([
      [2, 48],
      [1, 12],
    ])
    expect(await few(2, 3, { validationSplit: 0.99 })).toEqual([
      [1, 1],
      [1, 2],
    ])
    expect(await few(2, 3, { validationSplit: 0 })).toEqual([
      [2, 3],
      [0, 0],
    ])
  })
})

describe('a folder of train/ and others', () => {
  const made = (name: string, ...parts: readonly string[]) => {
    for (const part of parts) makeFolder(join(name, part))
    return at(name)
  }
  const counts = ({ train, test }: { train: { y: NdArray }; test: { y: NdArray } }) => [
    train.y.data.length,
    test.y.data.length,
  ]

  it.each(['validation', 'valid', 'val', 'test', 'Testing'])('keeps what is in %s/ for tests', async (part) => {
    const folder = await imageFolder(made(`split-${part}`, 'train', part), SIZE)
    expect([folder.classes, counts(folder), folder.skipped]).toEqual([['cat', 'dog'], [20, 20], []])
    expect(folder.validationFolder).toBe(at(`split-${part}`, part))
  })

  it('names the third one, and splits a train/ that is alone', async () => {
    const three = await imageFolder(made('three', 'train', 'val', 'test'), SIZE)
    expect(three.skipped).toEqual([
      { path: at('three', 'test'), reason: `not used: ${at('three', 'val')} is what is kept for tests` },
    ])
    expect(counts(await imageFolder(made('one', 'train'), SIZE))).toEqual([16, 4])
  })

  it('takes a second folder from anywhere, with the same classes', async () => {
    const [first, second] = [made('first', ''), made('second', '')]
    const folder = await imageFolder(first, { ...SIZE, validationFolder: second })
    expect([counts(folder), folder.validationFolder]).toEqual([[20, 20], second])
    mkdirSync(at('second', 'bird'))
    await expect(imageFolder(first, { ...SIZE, validationFolder: second })).rejects.toThrow(
      /second: a sub-folder has the name of no class, received: "bird"$/,
    )
  })

  it('takes train for a class where it holds pictures', async () => {
    const path = at('vehicles')
    for (const kind of ['train', 'test']) {
      mkdirSync(join(path, kind), { recursive: true })
      writeFileSync(join(path, kind, '1.png'), picture(1))
    }
    expect((await imageFolder(path, SIZE)).classes).toEqual(['test', 'train'])
  })

  it('says what is wrong with a folder too deep', async () => {
    makeFolder(join('deep', 'photos'))
    makeFolder(join('deep', 'drawings'))
    await expect(imageFolder(at('deep'), SIZE)).rejects.toThrow(
      /class drawings has no picture .*it is a folder: pictures lie directly in that of their class/,
    )
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
    writeFileSync(at('odd', 'readme.md'), 'about them')
    mkdirSync(at('odd', 'dog', 'more'))
    symlinkSync(at('pets', 'cat', '1.PNG'), at('odd', 'dog', 'link.png'))
    symlinkSync(at('pets'), at('odd', 'linked'))
    const { classes, train, test, skipped } = await imageFolder(path, SIZE)
    expect(classes).toEqual(['cat', 'dog'])
    expect(train.y.data.length + test.y.data.length).toBe(20)
    expect(skipped.map(({ path }) => path.slice(root.length + 5)).sort()).toEqual(
      [
        ...['cat/cut.png', 'cat/vector.png', 'dog/huge.jpg', 'dog/link.png', 'dog/more', 'dog/notes.txt'],
        ...['.hidden', 'linked', 'readme.md'],
      ].sort(),
    )
    const reasonOf = (name: string) => skipped.find(({ path }) => path.endsWith(name))?.reason
    expect(reasonOf('vector.png')).toMatch(/is not a JPEG, PNG, GIF or WebP file, received: /)
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
      /class bird has no picture that could be read \(1 left out, the first because .*is not a JPEG/,
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
    [{ validationSplit: 1 }, /^imageFolder: validationSplit must be a number >= 0 and < 1, received: 1$/],
    [{ limit: 0.5 }, /^imageFolder: limit must be an integer >= 1, received: 0.5$/],
    [{ colorMode: 'cmyk' }, /^colorMode must be "rgb" or "grayscale", received: "cmyk"$/],
  ])('is asked for %j', async (options, message) => {
    await expect(imageFolder(at('pets'), options as never)).rejects.toThrow(message)
  })
})

/**
 * @file MNIST (LeCun, Cortes, Burges) and Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 70,000 grey pictures of 28x28 in 10
 * classes each, the same four idx files.
 */
import { received, SeparableError } from '../base/errors.ts'
import { checkArgs } from '../nn/schema.ts'
import { NdArray, type Shape, showShape } from '../tensor/ndarray.ts'
import { type Dataset, type DatasetOptions, datasetSchema, type Split, takeFirst } from './dataset.ts'
import type { RemoteFile } from './download.ts'
import { parseIdx } from './idx.ts'
import { readSourceFile, requireSource, type Source } from './source.ts'

const SIDE = 28
const TRAIN_IMAGES = 60_000
const TEST_IMAGES = 10_000
const FILES = {
  'train-images-idx3-ubyte': 16 + TRAIN_IMAGES * SIDE * SIDE,
  'train-labels-idx1-ubyte': 8 + TRAIN_IMAGES,
  't10k-images-idx3-ubyte': 16 + TEST_IMAGES * SIDE * SIDE,
  't10k-labels-idx1-ubyte': 8 + TEST_IMAGES,
}
type FileName = keyof typeof FILES

const COMMON = {
  imageShape: [SIDE, SIDE, 1],
  trainImages: TRAIN_IMAGES,
  testImages: TEST_IMAGES,
  files: FILES,
} as const

export const MNIST: Source = {
  ...COMMON,
  name: 'mnist',
  title: 'handwritten digits (LeCun, Cortes, Burges 1998)',
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  folder: 'mnist',
  remote: remoteFiles('https://ossci-datasets.s3.amazonaws.com/mnist/', {
    'train-images-idx3-ubyte': [9_912_422, 'f68b3c2dcbeaaa9fbdd348bbdeb94873'],
    'train-labels-idx1-ubyte': [28_881, 'd53e105ee54ea40749a09fcbcd1e9432'],
    't10k-images-idx3-ubyte': [1_648_877, '9fb629c4189551a2d022fa330f9573f3'],
    't10k-labels-idx1-ubyte': [4_542, 'ec29112dd5afa0611ce80d1b7f02629c'],
  }),
}

export const FASHION_MNIST: Source = {
  ...COMMON,
  name: 'fashion-mnist',
  title: 'pictures of clothes (Xiao, Rasul, Vollgraf 2017)',
  // biome-ignore format: one line
  classes: ['T-shirt/top', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
  folder: 'fashion-mnist',
  remote: remoteFiles('http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/', {
    'train-images-idx3-ubyte': [26_421_880, '8d4fb7e6c68d591d4c3dfef9ec88bf0d'],
    'train-labels-idx1-ubyte': [29_515, '25c81989df183df01b3e8a0aad5dffbe'],
    't10k-images-idx3-ubyte': [4_422_102, 'bef4ecab320f06d8554ea6380940ec79'],
    't10k-labels-idx1-ubyte': [5_148, 'bb300cfdad3c16e7a12a480ee83cd310'],
  }),
}

function remoteFiles(folder: string, files: Record<FileName, [bytes: number, md5: string]>): RemoteFile[] {
  return Object.entries(files).map(([file, [bytes, md5]]) => {
    const name = `${file}.gz`
    return { name, url: folder + name, bytes, md5 }
  })
}

/**
 * MNIST from the folder mnist of the data folder, or downloaded: 60,000 pictures to train with and 10,000 to test,
 * [N,28,28,1].
 *
 * @throws SeparableError `io` when it is not there or cannot be read or downloaded, `data` when a file is damaged,
 * `argument` when an option does not fit
 */
export function mnist(options: DatasetOptions = {}): Promise<Dataset> {
  return load('mnist', MNIST, options)
}

/** Fashion-MNIST from the folder fashion-mnist of the data folder, or downloaded; otherwise as `mnist`. */
export function fashionMnist(options: DatasetOptions = {}): Promise<Dataset> {
  return load('fashionMnist', FASHION_MNIST, options)
}

async function load(owner: string, source: Source, options: DatasetOptions): Promise<Dataset> {
  checkArgs(owner, datasetSchema, options)
  const folder = await requireSource(source, options)
  const read = async (name: FileName) => {
    const { path, bytes } = await readSourceFile(source, folder, name)
    return { path, content: parseIdx(bytes, path) }
  }
  const split = async (images: FileName, labels: FileName) =>
    takeFirst(toSplit(await read(images), await read(labels)), options.limit)
  return {
    name: source.name,
    classes: source.classes,
    train: await split('train-images-idx3-ubyte', 'train-labels-idx1-ubyte'),
    test: await split('t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'),
  }
}

interface IdxFile {
  readonly path: string
  readonly content: NdArray<Uint8Array>
}

/** Images [N,28,28] and labels [N] -> x [N,28,28,1], y [N]. */
function toSplit(images: IdxFile, labels: IdxFile): Split {
  const count = images.content.shape[0] ?? 0
  checkShape(images, [count, SIDE, SIDE])
  checkShape(labels, [count])
  const wrong = labels.content.data.findIndex((label) => label > 9)
  if (wrong >= 0)
    throw new SeparableError(
      'data',
      `${labels.path}: the label of picture ${wrong} must be 0 to 9, ${received(labels.content.data[wrong])}`,
    )
  return {
    x: new NdArray(images.content.data, [count, SIDE, SIDE, 1]),
    y: new NdArray(Int32Array.from(labels.content.data), [count]),
  }
}

function checkShape({ path, content }: IdxFile, expected: Shape): void {
  if (showShape(content.shape) !== showShape(expected))
    throw new SeparableError('data', `${path} must hold ${showShape(expected)}, received: ${showShape(content.shape)}`)
}

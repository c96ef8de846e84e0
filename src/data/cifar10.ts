/**
 * @file CIFAR-10 in its binary version: 60,000 photos of 32x32 in 10 classes. Krizhevsky: "Learning multiple layers of
 * features from tiny images", 2009. A file is a row of records: label, 1024 red, 1024 green and 1024 blue values.
 */
import { received, SeparableError } from '../base/errors.ts'
import { checkBytes } from '../formats/bytes.ts'
import { checkArgs } from '../nn/schema.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { sharedBytes } from '../tensor/shared.ts'
import { type Dataset, type DatasetOptions, datasetSchema, type Split } from './dataset.ts'
import { readSourceFile, requireSource, type Source } from './source.ts'

const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']
const SIDE = 32
const CHANNELS = 3
const PLANE = SIDE * SIDE
const RECORD = 1 + CHANNELS * PLANE
const RECORDS_PER_FILE = 10_000
const TRAIN_FILES = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`)
const TEST_FILE = 'test_batch.bin'

export const CIFAR10: Source = {
  name: 'cifar10',
  title: 'photos of animals and vehicles (Krizhevsky 2009)',
  classes: CLASSES,
  imageShape: [SIDE, SIDE, CHANNELS],
  trainImages: TRAIN_FILES.length * RECORDS_PER_FILE,
  testImages: RECORDS_PER_FILE,
  folder: 'cifar-10-batches-bin',
  flat: true,
  files: Object.fromEntries([...TRAIN_FILES, TEST_FILE].map((name) => [name, RECORDS_PER_FILE * RECORD])),
  remote: {
    name: 'cifar-10-binary.tar.gz',
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    bytes: 170_052_171,
    md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  },
}

/**
 * CIFAR-10 from the data folder, or from its cifar-10-batches-bin, or downloaded: 50,000 pictures to train with and
 * 10,000 to test, [N,32,32,3].
 *
 * @throws SeparableError `io` when it is not there or cannot be read or downloaded, `data` when a file is damaged,
 * `argument` when an option does not fit
 */
export async function cifar10(options: DatasetOptions = {}): Promise<Dataset> {
  checkArgs('cifar10', datasetSchema, options)
  const folder = await requireSource(CIFAR10, options)
  const read = async (names: readonly string[], count: number): Promise<Split> => {
    const split = emptySplit(Math.min(count, options.limit ?? count))
    for (const [i, name] of names.slice(0, Math.ceil(split.y.data.length / RECORDS_PER_FILE)).entries()) {
      const { path, bytes } = await readSourceFile(CIFAR10, folder, name)
      checkLength(bytes, RECORDS_PER_FILE * RECORD, path)
      decode(bytes, split, i * RECORDS_PER_FILE, path)
    }
    return split
  }
  return {
    name: CIFAR10.name,
    classes: CLASSES,
    train: await read(TRAIN_FILES, CIFAR10.trainImages),
    test: await read([TEST_FILE], CIFAR10.testImages),
  }
}

/**
 * Decodes the bytes of one file of the binary version.
 *
 * @param file what to call it in errors
 * @returns x [N,32,32,3], y [N]
 * @throws SeparableError (`data`) when it ends within a record or a label is above 9
 */
export function parseCifar10(bytes: Uint8Array, file = 'CIFAR-10 file'): Split {
  checkBytes(file, bytes)
  const count = Math.max(1, Math.ceil(bytes.length / RECORD))
  checkLength(bytes, count * RECORD, file)
  const split = emptySplit(count)
  decode(bytes, split, 0, file)
  return split
}

function emptySplit(count: number): Split {
  return {
    x: new NdArray(sharedBytes(count * PLANE * CHANNELS), [count, SIDE, SIDE, CHANNELS]),
    y: new NdArray(new Int32Array(count), [count]),
  }
}

/** Decodes records into a split from picture `begin` on, as many as fit. */
function decode(bytes: Uint8Array, { x, y }: Split, begin: number, file: string): void {
  const count = Math.min(bytes.length / RECORD, y.data.length - begin)
  for (let n = 0; n < count; n++) {
    const record = n * RECORD
    const label = bytes[record]!
    if (label >= CLASSES.length) throw labelOutOfRange(file, n, label)
    y.data[begin + n] = label
    let to = (begin + n) * PLANE * CHANNELS
    for (let red = record + 1; red <= record + PLANE; red++) {
      x.data[to++] = bytes[red]!
      x.data[to++] = bytes[red + PLANE]!
      x.data[to++] = bytes[red + 2 * PLANE]!
    }
  }
}

function checkLength(bytes: Uint8Array, expected: number, file: string): void {
  if (bytes.length === expected) return
  const layout = `${expected / RECORD} records of ${RECORD} bytes`
  throw new SeparableError('data', `${file} is truncated: ${layout} make ${expected} bytes, ${received(bytes.length)}`)
}

function labelOutOfRange(file: string, picture: number, label: number): SeparableError {
  return new SeparableError('data', `${file}: the label of picture ${picture} must be 0 to 9, ${received(label)}`)
}

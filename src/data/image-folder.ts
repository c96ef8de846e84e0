/**
 * @file Own pictures as a dataset: a folder with a sub-folder for each class. Folders are hostile: links are not followed,
 * sizes are bounded, and pictures that cannot be read are left out and named.
 */
import { untilAborted } from '../base/abort.ts'
import { received, SeparableError } from '../base/errors.ts'
import { Random } from '../base/random.ts'
import { checkArgs, number, opaque, text } from '../nn/schema.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { sharedBytes } from '../tensor/shared.ts'
import { type Dataset, readingSchema, type Split } from './dataset.ts'
import { type Candidate, findPictures, partsOf, type SkippedFile } from './folder-files.ts'
import { checkPath, decodeFile, type ImageOptions, imageFormat, imageSchema } from './image.ts'

export interface ImageFolderOptions extends ImageOptions {
  /** Share of each class that is kept for tests, at least one picture of two. Default 0.2. */
  readonly validationSplit?: number | undefined
  /** A second folder of the same classes, which is kept for tests instead. Default: the validation/ or test/ beside a train/. */
  readonly validationFolder?: string | undefined
  /** Decides which pictures these are, and the order of all. Default 0. */
  readonly seed?: number | undefined
  /** Takes only N pictures for training and N for testing. Default: all. */
  readonly limit?: number | undefined
  /** The names of all classes in their order; some may have no sub-folder. Default: those of the sub-folders, sorted. */
  readonly classNames?: readonly string[] | undefined
  /** Ends reading with its reason when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** Told after each picture how many of all are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

const imageFolderSchema = {
  ...imageSchema,
  ...readingSchema,
  validationSplit: number('share of each class that is kept for tests', { min: 0, below: 1 }),
  validationFolder: text('a second folder of the same classes'),
  classNames: opaque<readonly string[]>(
    'names of all classes in their order',
    'a list of names',
    (input) => Array.isArray(input) && input.every((name) => typeof name === 'string'),
  ),
}

export interface ImageFolder extends Dataset {
  /** The folder of the pictures that were kept for tests, where they have one of their own. */
  readonly validationFolder: string | undefined
  /** What lies in the folder and was left out. */
  readonly skipped: readonly SkippedFile[]
}

/** Of decoded pictures; a typed array in shared memory can be no longer everywhere. */
const MAX_BYTES = 2 ** 31
/** More would only fill memory and decode no faster. */
const AT_ONCE = 4

/**
 * Reads the pictures (JPEG, PNG, GIF, WebP, whatever their names) below `path`, which has a sub-folder for each class, or
 * folders train/ and validation/ (valid, val, test) that have. `test` gets the same share of every class, or what lies in the
 * second folder; both splits are mixed, in an order that depends on the seed alone. Needs the package sharp.
 * Keras: https://keras.io/api/data_loading/image/ (`image_dataset_from_directory`)
 *
 * @throws SeparableError `io` when the folder cannot be read, `data` when it holds no classes or a class no picture,
 * `argument` when an option does not fit or the pictures need too much memory, `unsupported` without sharp and in browsers
 */
export async function imageFolder(path: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
  checkPath('imageFolder', path)
  checkArgs('imageFolder', imageFolderSchema, options)
  const { validationSplit = 0.2, seed = 0, limit } = options
  const format = imageFormat(options)
  const skipped: SkippedFile[] = []
  const folders = await partsOf(path, options.validationFolder, skipped)
  const { classes, members } = await findPictures(folders.train, options.classNames, skipped)
  const random = new Random(seed, 'image-folder')
  const parts =
    folders.test === undefined
      ? split(members, validationSplit, random)
      : mixedParts(members.flat(), (await findPictures(folders.test, classes, skipped)).members.flat(), random)
  const [train, test] = parts.map((part) => part.slice(0, limit))
  const itemBytes = format.height * format.width * format.channels
  const total = train.length + test.length
  if (total * itemBytes > MAX_BYTES)
    throw new SeparableError(
      'argument',
      `${total} pictures of ${format.height}x${format.width} need too much memory: take a smaller imageSize or a limit, ${received(total * itemBytes)} bytes`,
    )
  let done = 0
  const read = (part: readonly Candidate[]) =>
    readPictures(part, [format.height, format.width, format.channels], skipped, async ({ path }) => {
      options.signal?.throwIfAborted()
      const pixels = await untilAborted(decodeFile(path, format), options.signal)
      options.onProgress?.(++done, total)
      return pixels
    })
  const dataset = { name: nameOf(path), classes, train: await read(train), test: await read(test) }
  const folder = { ...dataset, validationFolder: folders.test, skipped }
  demandPictures(folder, options.classNames)
  return folder
}

/** The last part of a path. */
function nameOf(path: string): string {
  return /([^/\\]+)[/\\]*$/.exec(path)?.[1] ?? path
}

/** The training and the test pictures, each mixed: the same share of each class for tests. */
function split(members: readonly Candidate[][], share: number, random: Random): [Candidate[], Candidate[]] {
  const [train, test]: [Candidate[], Candidate[]] = [[], []]
  for (const [label, candidates] of members.entries()) {
    const order = mixed(candidates, random.fork(label))
    const tests = testsOf(order.length, share)
    test.push(...order.slice(0, tests))
    train.push(...order.slice(tests))
  }
  return mixedParts(train, test, random)
}

/** Where there are two, at least one of them each for training and for tests. */
function testsOf(count: number, share: number): number {
  if (share === 0 || count < 2) return 0
  return Math.min(Math.max(1, Math.round(count * share)), count - 1)
}

function mixedParts(
  train: readonly Candidate[],
  test: readonly Candidate[],
  random: Random,
): [Candidate[], Candidate[]] {
  return [mixed(train, random.fork('train')), mixed(test, random.fork('test'))]
}

function mixed<T>(items: readonly T[], random: Random): T[] {
  return Array.from(random.permutation(items.length), (i) => items[i])
}

/** Decodes some pictures at a time; those that cannot be decoded leave no gap. */
async function readPictures(
  candidates: readonly Candidate[],
  shape: readonly [number, number, number],
  skipped: SkippedFile[],
  decode: (candidate: Candidate) => Promise<Uint8Array>,
): Promise<Split> {
  const size = shape[0] * shape[1] * shape[2]
  const bytes = sharedBytes(candidates.length * size)
  const labels: number[] = []
  for (let begin = 0; begin < candidates.length; begin += AT_ONCE) {
    const group = candidates.slice(begin, begin + AT_ONCE)
    const results = await Promise.allSettled(group.map(decode))
    for (const [i, result] of results.entries()) {
      const { path, label } = group[i]
      if (result.status === 'fulfilled') bytes.set(result.value, labels.push(label) * size - size)
      else skipped.push({ path, reason: reasonOf(result.reason) })
    }
  }
  const x = new NdArray(bytes, [candidates.length, ...shape])
  return { x: x.slice(0, labels.length), y: new NdArray(Int32Array.from(labels), [labels.length]) }
}

/** Pictures may be broken; anything else, such as a missing package, ends reading. */
function reasonOf(error: unknown): string {
  if (error instanceof SeparableError && (error.code === 'data' || error.code === 'io')) return error.message
  throw error
}

function demandPictures({ name, classes, train, test, skipped }: ImageFolder, names?: readonly string[]): void {
  const present = new Set([...train.y.data, ...test.y.data])
  const missing = classes.find((_, label) => !present.has(label))
  if (present.size > 0 && (missing === undefined || names)) return
  const why = skipped[0] ? ` (${skipped.length} left out, the first because ${skipped[0].reason})` : ''
  throw new SeparableError(
    'data',
    `${name}: class ${missing} has no picture that could be read${why}, ${received(present.size)} classes with pictures`,
  )
}

/**
 * @file Own pictures as a dataset: a folder with a sub-folder for each class. Folders are hostile: links are not followed,
 * sizes are bounded, and pictures that cannot be read are left out and named.
 */
import { untilAborted } from '../base/abort.ts'
import { received, SeparableError } from '../base/errors.ts'
import { getPlatform } from '../base/platform.ts'
import { Random } from '../base/random.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { sharedBytes } from '../tensor/shared.ts'
import { checkCount, type Dataset, type Split } from './dataset.ts'
import { decodeFile, IMAGE_ENDINGS, type ImageOptions, imageFormat } from './image.ts'

export interface ImageFolderOptions extends ImageOptions {
  /** Share of each class that is kept for tests. Default 0.2. */
  readonly validationSplit?: number | undefined
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

export interface ImageFolder extends Dataset {
  /** What lies in the folder and was left out. */
  readonly skipped: readonly SkippedFile[]
}

export interface SkippedFile {
  readonly path: string
  readonly reason: string
}

interface Candidate {
  readonly path: string
  readonly label: number
}

/** Of decoded pictures; a typed array in shared memory can be no longer everywhere. */
const MAX_BYTES = 2 ** 31
const MAX_CLASSES = 10_000
/** More would only fill memory and decode no faster. */
const AT_ONCE = 4

/**
 * Reads the pictures (JPEG, PNG, GIF, WebP) below `path`, which has a sub-folder for each class. `test` gets the same share
 * of every class; both splits are mixed, in an order that depends on the seed alone. Needs the package sharp.
 * Keras: https://keras.io/api/data_loading/image/ (`image_dataset_from_directory`)
 *
 * @throws SeparableError `io` when the folder cannot be read, `data` when it holds no classes or a class no picture,
 * `argument` when an option does not fit or the pictures need too much memory, `unsupported` without sharp and in browsers
 */
export async function imageFolder(path: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
  const { validationSplit = 0.2, seed = 0, limit } = options
  checkCount('limit', limit)
  if (!(validationSplit >= 0 && validationSplit < 1))
    throw new SeparableError('argument', `validationSplit must be at least 0 and below 1, ${received(validationSplit)}`)
  const format = imageFormat(options)
  const skipped: SkippedFile[] = []
  const { classes, members } = await findPictures(path, options.classNames, skipped)
  const parts = split(members, validationSplit, new Random(seed, 'image-folder'))
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
  const dataset = { name: nameOf(path), classes, train: await read(train), test: await read(test), skipped }
  demandPictures(dataset, options.classNames)
  return dataset
}

/** The last part of a path. */
function nameOf(path: string): string {
  return /([^/\\]+)[/\\]*$/.exec(path)?.[1] ?? path
}

/** All files that look like pictures, a list for each class, sorted by name. */
async function findPictures(path: string, names: readonly string[] | undefined, skipped: SkippedFile[]) {
  const entries = await listSorted(path)
  for (const { name, kind } of entries)
    if (kind === 'other') skipped.push({ path: `${path}/${name}`, reason: 'neither file nor folder' })
  const folders = entries.filter(({ name, kind }) => kind === 'folder' && !name.startsWith('.')).map(({ name }) => name)
  const classes = names ?? folders
  checkClasses(path, classes, folders)
  const members: Candidate[][] = classes.map(() => [])
  for (const folder of folders) {
    const label = classes.indexOf(folder)
    for (const { name, kind } of await listSorted(`${path}/${folder}`)) {
      const file = `${path}/${folder}/${name}`
      if (kind !== 'file') skipped.push({ path: file, reason: 'it is no file' })
      else if (IMAGE_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending)))
        members[label].push({ path: file, label })
    }
  }
  return { classes, members }
}

/** In an order that depends on no machine. */
async function listSorted(path: string) {
  const entries = await getPlatform().listFolder(path)
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function checkClasses(path: string, classes: readonly string[], folders: readonly string[]): void {
  const stray = folders.find((folder) => !classes.includes(folder))
  if (stray !== undefined)
    throw new SeparableError('data', `${path}: a sub-folder has the name of no class, ${received(stray)}`)
  // Names are printed; escape codes in them would reach the terminal.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  const odd = folders.find((folder) => /[\u0000-\u001f\u007f-\u009f]/.test(folder))
  if (odd !== undefined)
    throw new SeparableError('data', `${path}: the name of a class holds control characters, ${received(odd)}`)
  if (folders.length === 0 || classes.length < 2 || classes.length > MAX_CLASSES)
    throw new SeparableError(
      'data',
      `${path} must have a sub-folder of pictures for each class, at least 2 and at most ${MAX_CLASSES}, ${received(folders.length)}`,
    )
}

/** The training and the test pictures, each mixed: the same share of each class for tests. */
function split(members: readonly Candidate[][], share: number, random: Random): [Candidate[], Candidate[]] {
  const [train, test]: [Candidate[], Candidate[]] = [[], []]
  for (const [label, candidates] of members.entries()) {
    const order = mixed(candidates, random.fork(label))
    const tests = Math.round(order.length * share)
    test.push(...order.slice(0, tests))
    train.push(...order.slice(tests))
  }
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

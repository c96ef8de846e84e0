/**
 * @file What lies in a folder of pictures: which of its sub-folders are classes, or parts for training and for tests, and
 * which files are pictures. Files are told by their first bytes; everything else is named with the reason why it is left out.
 */
import { received, SeparableError } from '../base/errors.ts'
import { type FolderEntry, getPlatform } from '../base/platform.ts'
import { whyNoPicture } from './image.ts'

export interface SkippedFile {
  readonly path: string
  readonly reason: string
}

export interface Candidate {
  readonly path: string
  readonly label: number
}

/** Where the pictures for training and for tests lie. */
interface Parts {
  readonly train: string
  /** Undefined where a share of the training pictures is kept for tests. */
  readonly test: string | undefined
}

const MAX_CLASSES = 10_000
/** Files whose beginnings are read at a time. */
const AT_ONCE = 16

const TRAIN_NAMES = ['train', 'training']
/** The first one that is there is taken. */
const TEST_NAMES = ['validation', 'valid', 'val', 'test', 'testing']

/**
 * A folder of train/ and validation/ (or valid, val, test), which hold the folders of the classes, or of these alone.
 * @param validationFolder one elsewhere, which wins
 */
export async function partsOf(
  path: string,
  validationFolder: string | undefined,
  skipped: SkippedFile[],
): Promise<Parts> {
  const folders = foldersOf(await listSorted(path))
  const named = (names: readonly string[]) =>
    names.flatMap((name) => folders.filter((folder) => folder.toLowerCase() === name))
  const [[train], tests] = [named(TRAIN_NAMES), named(TEST_NAMES)]
  const isSplit = train !== undefined && folders.length === 1 + tests.length && (await holdsFolders(`${path}/${train}`))
  if (!isSplit) return { train: path, test: validationFolder }
  const test = validationFolder ?? (tests[0] === undefined ? undefined : `${path}/${tests[0]}`)
  for (const other of tests)
    if (`${path}/${other}` !== test)
      skipped.push({ path: `${path}/${other}`, reason: `not used: ${test} is what is kept for tests` })
  return { train: `${path}/${train}`, test }
}

async function holdsFolders(path: string): Promise<boolean> {
  return foldersOf(await listSorted(path)).length > 0
}

/**
 * All pictures, a list for each class, sorted by name.
 * @param names of the classes in their order; default: those of the sub-folders
 * @throws SeparableError (`data`) when the sub-folders are no classes, or others than these
 */
export async function findPictures(path: string, names: readonly string[] | undefined, skipped: SkippedFile[]) {
  const entries = await listSorted(path)
  const folders = foldersOf(entries)
  const classes = names ?? folders
  checkClasses(path, classes, folders)
  for (const { name, kind } of entries) {
    const reason = isHidden(name) ? HIDDEN : kind === 'other' ? 'neither file nor folder' : 'it lies in no class'
    if (!folders.includes(name)) skipped.push({ path: `${path}/${name}`, reason })
  }
  const members: Candidate[][] = classes.map(() => [])
  for (const folder of folders) {
    const label = classes.indexOf(folder)
    for (const file of await picturesIn(`${path}/${folder}`, skipped)) members[label].push({ path: file, label })
  }
  return { classes, members }
}

/** All pictures in a folder and those below it, sorted by path, whatever their folders mean. */
export async function picturesBelow(folder: string, skipped: SkippedFile[]): Promise<string[]> {
  const found = await picturesIn(folder, skipped, (entry) => entry.kind !== 'folder' || isHidden(entry.name))
  for (const name of foldersOf(await listSorted(folder)))
    found.push(...(await picturesBelow(`${folder}/${name}`, skipped)))
  return found
}

async function picturesIn(
  folder: string,
  skipped: SkippedFile[],
  counts: (entry: FolderEntry) => boolean = () => true,
): Promise<string[]> {
  const pictures: string[] = []
  const entries = (await listSorted(folder)).filter(counts)
  for (let begin = 0; begin < entries.length; begin += AT_ONCE) {
    const group = entries.slice(begin, begin + AT_ONCE)
    const reasons = await Promise.all(group.map((entry) => whyNot(folder, entry)))
    for (const [i, reason] of reasons.entries()) {
      const path = `${folder}/${group[i].name}`
      if (reason === undefined) pictures.push(path)
      else skipped.push({ path, reason })
    }
  }
  return pictures
}

const HIDDEN = 'it is hidden'
const isHidden = (name: string) => name.startsWith('.')

/** Why this is no picture; undefined when it looks like one. */
async function whyNot(folder: string, { name, kind }: FolderEntry): Promise<string | undefined> {
  if (isHidden(name)) return HIDDEN
  if (kind === 'folder') return 'it is a folder: pictures lie directly in that of their class'
  if (kind === 'other') return 'it is not a regular file'
  return whyNoPicture(`${folder}/${name}`)
}

function foldersOf(entries: readonly FolderEntry[]): string[] {
  return entries.filter(({ name, kind }) => kind === 'folder' && !isHidden(name)).map(({ name }) => name)
}

/** In an order that depends on no machine. */
async function listSorted(path: string): Promise<FolderEntry[]> {
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

/**
 * @file Finds the files of a recorded dataset on this machine, or downloads them. A dataset has its own folder below the
 * data folder; a file may also lie there as FILE.gz.
 */
import { received, SeparableError } from '../base/errors.ts'
import { getPlatform } from '../base/platform.ts'
import type { DatasetFacts, DatasetOptions } from './dataset.ts'
import { checkMd5, downloadFile, type RemoteFile } from './download.ts'
import { gunzip, unpackTarGz } from './unpack.ts'

/** Where a recorded dataset comes from and what it consists of. */
export interface Source extends DatasetFacts {
  /** Its folder below the data folder. */
  readonly folder: string
  /** Whether its files may also lie in the data folder itself. */
  readonly flat?: boolean
  /** Name -> the most bytes it may have, unpacked. */
  readonly files: Readonly<Record<string, number>>
  /** The files as they are on the server, or one .tar.gz that holds them all. */
  readonly remote: readonly RemoteFile[] | RemoteFile
}

/** Between two looks whether a lock is free. */
const WAIT_MS = 200

type Where = Pick<DatasetOptions, 'dataDir'>

/** The folder in which all datasets lie, and whether the caller or the environment chose it. */
export function dataFolder({ dataDir }: Where): { path: string; chosen: boolean } {
  const chosen = dataDir ?? getPlatform().env('SEPARABLE_DATA')
  return { path: chosen ?? getPlatform().cacheFolder(), chosen: chosen !== undefined }
}

/** The folder that holds all files of a dataset, undefined when there is none. */
export async function findSource(source: Source, options: Where): Promise<string | undefined> {
  for (const folder of candidates(source, options)) if ((await missingFiles(source, folder)).length === 0) return folder
  return undefined
}

/**
 * The folder that holds all files of a dataset, downloaded first if need be and allowed.
 *
 * @throws SeparableError (`io`) when they are neither here nor can be had, and as `downloadSource`
 */
export async function requireSource(source: Source, options: DatasetOptions): Promise<string> {
  const folder = await findSource(source, options)
  if (folder !== undefined) return folder
  const mayDownload = options.download ?? !dataFolder(options).chosen
  if (mayDownload || (await hasArchive(source, options))) return downloadSource(source, options)
  throw await notFound(source, options)
}

/**
 * Downloads what is missing of a dataset into its folder, and returns that folder. An archive that the user put into the
 * data folder serves as well as one from the server. Of several that do so at once, in any processes, one downloads.
 *
 * @throws SeparableError `io` when network or disk fail, `data` when a file is not the published one
 */
export async function downloadSource(source: Source, options: DatasetOptions): Promise<string> {
  const root = dataFolder(options).path
  await getPlatform().makeFolder(root)
  return alone(`${root}/${source.folder}.lock`, options, async () => {
    // While this one waited, another one may have fetched it.
    return (await findSource(source, options)) ?? fetchSource(source, root, options)
  })
}

/** Works while nobody else holds the lock; otherwise waits until it is free. */
async function alone<T>(path: string, { signal, onWait }: DatasetOptions, work: () => Promise<T>): Promise<T> {
  for (let waits = 0; ; waits++) {
    signal?.throwIfAborted()
    const lock = await getPlatform().lock(path)
    if (lock)
      try {
        return await work()
      } finally {
        await lock.release()
      }
    if (waits === 0) onWait?.(path)
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
  }
}

async function fetchSource(source: Source, root: string, options: DatasetOptions): Promise<string> {
  const folder = `${root}/${source.folder}`
  if ('url' in source.remote) {
    const archive = `${root}/${source.remote.name}`
    const keep = await hasArchive(source, options)
    if (keep) await checkMd5(source.remote, archive)
    else await downloadFile(source.remote, archive, options)
    await unpackTarGz(archive, folder, source.files)
    if (!keep) await getPlatform().remove(archive)
  } else
    for (const remote of source.remote) {
      const path = `${folder}/${remote.name}`
      if ((await getPlatform().fileSize(path)) === undefined) await downloadFile(remote, path, options)
    }
  return folder
}

async function hasArchive({ remote }: Source, options: Where): Promise<boolean> {
  if (!('url' in remote)) return false
  return (await getPlatform().fileSize(`${dataFolder(options).path}/${remote.name}`)) !== undefined
}

/**
 * Reads one file of a dataset, unpacked if it lies there as .gz.
 *
 * @throws SeparableError `data` when it is longer than it may be or no gzip file, `io` when it cannot be read
 */
export async function readSourceFile(
  { files }: Source,
  folder: string,
  name: string,
): Promise<{ path: string; bytes: Uint8Array }> {
  const maxBytes = files[name] ?? 0
  const path = `${folder}/${name}`
  const size = await getPlatform().fileSize(path)
  if (size === undefined) return { path: `${path}.gz`, bytes: await gunzip(`${path}.gz`, maxBytes) }
  if (size > maxBytes)
    throw new SeparableError('data', `${path} is too long: at most ${maxBytes} bytes, received: ${size} bytes`)
  return { path, bytes: await getPlatform().readFile(path) }
}

function candidates(source: Source, options: Where): string[] {
  const root = dataFolder(options).path
  return source.flat ? [`${root}/${source.folder}`, root] : [`${root}/${source.folder}`]
}

async function missingFiles({ files }: Source, folder: string): Promise<string[]> {
  const isThere = async (path: string) => (await getPlatform().fileSize(path)) !== undefined
  const missing: string[] = []
  for (const name of Object.keys(files)) {
    const path = `${folder}/${name}`
    if (!(await isThere(path)) && !(await isThere(`${path}.gz`))) missing.push(name)
  }
  return missing
}

async function notFound(source: Source, options: DatasetOptions): Promise<SeparableError> {
  const looked = []
  for (const folder of candidates(source, options)) {
    const [first, ...others] = await missingFiles(source, folder)
    looked.push(`${folder} has no ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`)
  }
  const advice = `get it with "separable data download ${source.name}" or say where it is with --data-dir or SEPARABLE_DATA`
  return new SeparableError(
    'io',
    `${source.name} is not there: ${looked.join('; ')}; ${advice}, ${received(dataFolder(options).path)}`,
  )
}

/**
 * @file Downloads one file: resumes what an earlier attempt left in `FILE.part`, checks size and md5 sum, and only then
 * gives the file its name.
 */
import { received, SeparableError } from '../base/errors.ts'
import { getPlatform } from '../base/platform.ts'

/** A file on a server, known to the byte. */
export interface RemoteFile {
  readonly name: string
  readonly url: string
  readonly bytes: number
  readonly md5: string
}

export interface DownloadProgress {
  /** The file's name. */
  readonly file: string
  /** Bytes on disk so far, those of earlier attempts included. */
  readonly receivedBytes: number
  readonly totalBytes: number
}

export interface DownloadOptions {
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  /** Told once when another process downloads the same data set, which is waited for; `lock` is its file. */
  readonly onWait?: ((lock: string) => void) | undefined
  /** Stops the download; what has arrived stays for the next attempt. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Downloads `remote` to `path`, and makes its folder.
 *
 * @throws SeparableError `io` when the network or the disk fails (the next attempt resumes), `data` when the file is not
 * the expected one (it is thrown away); the signal's reason when aborted
 */
export async function downloadFile(remote: RemoteFile, path: string, options: DownloadOptions): Promise<void> {
  const platform = getPlatform()
  const part = `${path}.part`
  try {
    await complete(part, remote, options)
    await checkMd5(remote, part)
  } catch (error) {
    if (error instanceof SeparableError && error.code === 'data') await platform.remove(part)
    throw error
  }
  await platform.rename(part, path)
}

/** Fetches what `part` still lacks. */
async function complete(part: string, remote: RemoteFile, options: DownloadOptions): Promise<void> {
  const sizeBefore = await getPlatform().fileSize(part)
  if (sizeBefore === remote.bytes) return
  await fetchInto(part, sizeBefore ?? 0, remote, options)
  const size = (await getPlatform().fileSize(part)) ?? 0
  if (size < remote.bytes)
    throw connectionLost(remote, `the connection ended after ${size} of ${remote.bytes} bytes`, size)
}

/** @throws SeparableError (`data`) when the file at `path` is not the expected one */
export async function checkMd5(remote: RemoteFile, path: string): Promise<void> {
  const sum = await getPlatform().md5(path)
  if (sum !== remote.md5)
    throw new SeparableError(
      'data',
      `${path} is not ${remote.url}: expected the md5 sum ${remote.md5}, ${received(sum)}`,
    )
}

async function fetchInto(part: string, offset: number, remote: RemoteFile, options: DownloadOptions): Promise<void> {
  const { onProgress, signal } = options
  const response = await request(remote, offset, signal)
  const resumes = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${offset}-`)
  if (!resumes && response.status !== 200) throw refused(remote, response)
  if (!resumes) await getPlatform().remove(part)
  await getPlatform().makeFolder(part.slice(0, part.lastIndexOf('/')))
  let receivedBytes = resumes ? offset : 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      receivedBytes += chunk.length
      if (receivedBytes > remote.bytes) throw tooLong(remote, receivedBytes)
      controller.enqueue(chunk)
      onProgress?.({ file: remote.name, receivedBytes, totalBytes: remote.bytes })
    },
  })
  try {
    await response.body?.pipeThrough(counter).pipeTo(getPlatform().appendStream(part))
  } catch (error) {
    throw explain(remote, error, signal)
  }
}

async function request(remote: RemoteFile, offset: number, signal: AbortSignal | undefined): Promise<Response> {
  // A server that compresses on the way would change what the md5 sum is taken of.
  const headers: Record<string, string> = { 'Accept-Encoding': 'identity' }
  if (offset > 0) headers.Range = `bytes=${offset}-`
  try {
    return await fetch(remote.url, { headers, signal: signal ?? null })
  } catch (error) {
    throw explain(remote, error, signal)
  }
}

/** Aborts and errors of our own pass; anything else is the network's. */
function explain(remote: RemoteFile, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted || error instanceof SeparableError) return error
  // fetch says no more than "fetch failed" or "terminated"; its cause knows the reason
  const cause = ((error as Error).cause ?? error) as Error & { code?: string }
  return connectionLost(remote, cause.message || 'no connection', cause.code ?? cause.message, error)
}

function connectionLost(remote: RemoteFile, reason: string, got: string | number, cause?: unknown): SeparableError {
  const advice = 'check the network and try again, it resumes where it stopped'
  return new SeparableError('io', `cannot download ${remote.url}: ${reason}; ${advice}, ${received(got)}`, { cause })
}

function refused(remote: RemoteFile, { status, statusText }: Response): SeparableError {
  return new SeparableError(
    'io',
    `cannot download ${remote.url}: the server refused (${statusText}), received: ${status}`,
  )
}

function tooLong(remote: RemoteFile, bytes: number): SeparableError {
  return new SeparableError('data', `${remote.url} is not ${remote.bytes} bytes long, received: ${bytes} bytes or more`)
}

/** @file Unpacks .gz files and .tar.gz archives in bounded memory. */
import { SeparableError } from '../base/errors.ts'
import { joinBytes } from '../base/join.ts'
import { getPlatform } from '../base/platform.ts'

/**
 * The content of a gzip file.
 *
 * @throws SeparableError `data` when it is damaged or unpacks to more than `maxBytes`, `io` when it cannot be read
 */
export async function gunzip(path: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of getPlatform().readStream(path).pipeThrough(new DecompressionStream('gzip'))) {
      size += chunk.length
      if (size > maxBytes) throw new Error(`unpacks to more than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw damaged(path, 'gzip file', error)
  }
  return joinBytes(chunks)
}

/**
 * Unpacks the wanted files of a .tar.gz into a folder, which is made if need be, without the folders they have inside the archive.
 *
 * @param wanted name -> size in bytes
 * @throws SeparableError `data` when the archive is damaged or lacks a wanted file, `io` when reading or writing fails
 */
export async function unpackTarGz(
  archive: string,
  folder: string,
  wanted: Readonly<Record<string, number>>,
): Promise<void> {
  // Only here, so that the rest of the data folder loads in a page without a bundler.
  const { createTarDecoder } = await import('modern-tar')
  const platform = getPlatform()
  await platform.makeFolder(folder)
  const missing = new Map(Object.entries(wanted))
  const entries = platform
    .readStream(archive)
    .pipeThrough(new DecompressionStream('gzip'))
    .pipeThrough(createTarDecoder({ strict: true }))
  try {
    for await (const { header, body } of entries) {
      const name = header.name.slice(header.name.lastIndexOf('/') + 1)
      if (missing.get(name) === header.size) {
        missing.delete(name)
        const content = new Uint8Array(await new Response(body).arrayBuffer())
        await platform.writeFileAtomic(`${folder}/${name}`, content)
      } else await body.pipeTo(new WritableStream()) // cancelling would starve the next entry
    }
  } catch (error) {
    throw damaged(archive, '.tar.gz archive', error)
  }
  const [lacking] = missing
  if (lacking)
    throw new SeparableError('data', `${archive} has no ${lacking[0]} of ${lacking[1]} bytes, received: other files`)
}

function damaged(path: string, what: string, cause: unknown): SeparableError {
  if (cause instanceof SeparableError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new SeparableError('data', `${path} is not a complete ${what}, received: ${reason}`, { cause })
}

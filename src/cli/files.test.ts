/** @file Tests of trying and taking back output files and folders. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkWritable, OutputFolder } from './files.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'separable-files-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

describe('checkWritable', () => {
  it('leaves no trace', async () => {
    writeFileSync(join(dir, 'old.txt'), 'old')
    await checkWritable(join(dir, 'new.txt'))
    await checkWritable(join(dir, 'old.txt'))
    expect(readdirSync(dir)).toEqual(['old.txt'])
    expect(readFileSync(join(dir, 'old.txt'), 'utf8')).toBe('old')
  })

  it('names what cannot be written, and why', async () => {
    const missing = join(dir, 'missing', 'a.json')
    await expect(checkWritable(missing)).rejects.toThrow(
      `cannot write ${missing}: no such file or directory, received: "ENOENT"`,
    )
    await expect(checkWritable(dir)).rejects.toThrow(/illegal operation on a directory, received: "EISDIR"$/)
  })
})

describe('OutputFolder', () => {
  it('makes folders and takes them back while they are empty', async () => {
    const folder = await OutputFolder.make(join(dir, 'runs', 'today'))
    expect(readdirSync(join(dir, 'runs', 'today'))).toEqual([])
    await folder.removeIfEmpty()
    expect(readdirSync(dir)).toEqual([])
  })

  it('stays once something is in it', async () => {
    const folder = await OutputFolder.make(join(dir, 'runs', 'today'))
    await folder.write('history.json', '{}')
    await folder.removeIfEmpty()
    expect(readdirSync(folder.path)).toEqual(['history.json'])
  })

  it('takes back nothing that was there before', async () => {
    const folder = await OutputFolder.make(dir)
    await folder.removeIfEmpty()
    expect(existsSync(dir)).toBe(true)
  })

  it('says why there can be no folder, and leaves nothing behind', async () => {
    writeFileSync(join(dir, 'file'), '')
    await expect(OutputFolder.make(join(dir, 'file', 'a', 'b'))).rejects.toThrow(
      /cannot make the folder .*not a directory/,
    )
    await expect(OutputFolder.make(join(dir, 'file'))).rejects.toThrow(/cannot write .*not a directory/)
    await expect(OutputFolder.make('/proc/separable')).rejects.toThrow('cannot make the folder /proc/separable')
    expect(readdirSync(dir)).toEqual(['file'])
  })
})

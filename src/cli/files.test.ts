/** @file Tests of trying and taking back output files and folders. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkOutput, checkWritable, OutputFolder, writeText } from './files.ts'

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
    const below = join(dir, 'file', 'a.json')
    writeFileSync(join(dir, 'file'), '')
    await expect(checkWritable(below)).rejects.toThrow(
      /^cannot make the folder .*file: .*, received: "EEXIST"$|not a dir/,
    )
    await expect(checkWritable(dir)).rejects.toThrow(/illegal operation on a directory, received: "EISDIR"$/)
  })
})

describe('checkOutput', () => {
  it('takes a folder that does not exist yet, which writing makes', async () => {
    const path = join(dir, 'new', 'deep', 'a.json')
    await checkOutput(path)
    expect(readdirSync(dir)).toEqual([])
    await writeText(path, '{}')
    expect(readFileSync(path, 'utf8')).toBe('{}')
  })

  it('refuses to write over what is read, by whatever name', async () => {
    const net = join(dir, 'net.keras')
    writeFileSync(net, '')
    symlinkSync('net.keras', join(dir, 'link.keras'))
    for (const out of [net, join(dir, 'link.keras'), join(dir, '..', basename(dir), 'net.keras')])
      await expect(checkOutput(out, net)).rejects.toThrow(/is what is read: name another file to write, received: /)
    await checkOutput(join(dir, 'other.keras'), net)
  })

  it('refuses the files of a run, but not others beside them', async () => {
    for (const name of ['history.json', 'report.html', 'model.keras']) writeFileSync(join(dir, name), 'mine')
    const model = join(dir, 'model.keras')
    await expect(checkOutput(model)).rejects.toThrow(
      `${model} belongs to the run in ${dir}: name another file, received: `,
    )
    await checkOutput(join(dir, 'model.onnx'))
    expect(readFileSync(model, 'utf8')).toBe('mine')
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

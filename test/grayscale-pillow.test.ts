/** @file Colours turned grey as a live Pillow turns them, by every function that does. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadImage } from '../src/data/index.ts'
import { NdArray } from '../src/node.ts'
import { encodePng } from '../src/report/png.ts'
import { luma } from '../src/tensor/luma.ts'
import { PYTHON, pythonHas } from './python.ts'

const SCRIPT = `
import sys
from PIL import Image
open(sys.argv[2], 'wb').write(Image.open(sys.argv[1]).convert('L').tobytes())
`

it.skipIf(!pythonHas('PIL'))('65,536 colours', async () => {
  const colours = Uint8Array.from(
    { length: 3 * 65536 },
    (_, i) => (Math.floor(i / 3) * [7, 11, 13][i % 3] + (i >> 9)) % 256,
  )
  const folder = mkdtempSync(join(tmpdir(), 'separable-grey-'))
  const [png, grey] = [join(folder, 'colours.png'), join(folder, 'grey')]
  writeFileSync(png, encodePng(new NdArray(colours, [256, 256, 3])))
  expect(spawnSync(PYTHON, ['-c', SCRIPT, png, grey], { encoding: 'utf8' }).stderr).toBe('')
  const expected = new Uint8Array(readFileSync(grey))
  const loaded = await loadImage(png, { imageSize: 256, colorMode: 'grayscale' })
  rmSync(folder, { recursive: true })
  expect(
    Uint8Array.from({ length: 65536 }, (_, i) => luma(colours[3 * i], colours[3 * i + 1], colours[3 * i + 2])),
  ).toEqual(expected)
  expect(new Uint8Array(loaded.data)).toEqual(expected)
})

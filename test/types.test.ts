/**
 * @file The types of the package as an application sees them, checked to the last file (`skipLibCheck` off) by the oldest
 * compiler that README promises, one from before typed arrays had parameters, and the newest. Needs `npm run build`, and the
 * compilers of `npm --prefix test/oracles ci`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { plainTypes } from '../scripts/plain-types.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const COMPILERS = {
  '5.0': 'test/oracles/node_modules/typescript-5.0/lib/tsc.js',
  '5.6': 'test/oracles/node_modules/typescript-5.6/lib/tsc.js',
  'of this project': 'node_modules/typescript/lib/tsc.js',
}

const PROGRAM = `
import { callbacks, input, layers, loadModel, losses, metrics, NdArray, optimizers, sequential } from 'separable'
import { cifar10, imageFolder, loadImage } from 'separable/data'
import { exportJs, htmlPage } from 'separable/js'
import { zoo } from 'separable/models'
import { exportOnnx, importOnnx } from 'separable/onnx'

const net = sequential([input({ shape: [3] }), layers.dense({ units: 2, activation: 'softmax' })])
net.compile({ optimizer: optimizers.adam(), loss: losses.categoricalCrossentropy(), metrics: [metrics.auc(), 'acc'] })
const x = new NdArray(new Float32Array(3), [1, 3])
const { history } = await net.fit(x, [[0, 1]], { epochs: 2, callbacks: [callbacks.earlyStopping()] })
const scores: Float32Array = (await net.predict(x)).data
const page = new Blob([exportOnnx(net), htmlPage(await exportJs(net))])
export { cifar10, history, imageFolder, importOnnx, loadImage, loadModel, page, scores, zoo }
// @ts-expect-error shapes are numbers, not texts
export const wrong = input({ shape: ['3'] })
`

describe.each(Object.entries(COMPILERS))('TypeScript %s', (name, path) => {
  const compiler = join(ROOT, path)
  if (!existsSync(compiler)) console.log(`skipped: TypeScript ${name} (npm --prefix test/oracles ci)`)

  it.skipIf(!existsSync(compiler)).each(['nodenext', 'bundler'])('knows the package by %s', (moduleResolution) => {
    compile(compiler, moduleResolution)
  })
})

function compile(compiler: string, moduleResolution: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'separable-types-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules/separable'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'main.ts'), PROGRAM)
  const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution
  const compilerOptions = {
    ...{ target: 'es2022', lib: ['es2022', 'dom'], types: [], preserveSymlinks: true },
    ...{ strict: true, noEmit: true, skipLibCheck: false, module, moduleResolution },
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }))
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  expect(stdout).toBe('')
}

it('parameters of typed arrays are written as those who have none read them', () => {
  expect(plainTypes('a: NdArray<Float32Array<ArrayBuffer>>; b: DataView<ArrayBufferLike>; c: Uint8Array')).toBe(
    'a: NdArray<ReturnType<typeof Float32Array.of>>; b: DataView; c: Uint8Array',
  )
})

/**
 * @file Keras itself as an oracle: one Python process a test file, which answers calls of the functions in keras-calls.py. Its
 * Python is named by SEPARABLE_KERAS_PYTHON, else it is the `python3` on the path if that has Keras; without one tests skip,
 * and say so.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, expect } from 'vitest'
import { camelCase, resetNames } from '../../src/nn/names.ts'
import { NdArray, type TypedArray } from '../../src/tensor/ndarray.ts'
import { configure } from '../../src/train/environment.ts'

const SCRIPT = fileURLToPath(new URL('keras-calls.py', import.meta.url))
const FIND = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("keras") is None)'

/** Undefined when there is no Python with Keras. */
export function kerasPython(): string | undefined {
  const named = process.env.SEPARABLE_KERAS_PYTHON
  if (named) return named
  if (spawnSync('python3', ['-c', FIND]).status === 0) return 'python3'
  console.warn('SKIPPED: python3 has no keras (set SEPARABLE_KERAS_PYTHON to a Python that has)')
  return undefined
}

/** NumPy's dtypes and ours. */
const DTYPES: { readonly [dtype: string]: (bytes: ArrayBuffer) => TypedArray } = {
  float32: (bytes) => new Float32Array(bytes),
  int32: (bytes) => new Int32Array(bytes),
  uint8: (bytes) => new Uint8Array(bytes),
}
const NAMES = { f32: 'float32', i32: 'int32', u8: 'uint8' }

/** Keras in a process of its own; it starts with the first call. */
export class Keras {
  readonly #python: string
  #process: ChildProcessWithoutNullStreams | undefined
  #complaints = ''
  readonly #waiting: { resolve(answer: string): void; reject(error: Error): void }[] = []

  constructor(python: string) {
    this.#python = python
  }

  /**
   * Calls a function of keras-calls.py.
   * @param args its arguments by name: plain data and NdArrays
   * @throws Error with what Python raised: `ValueError: ...`
   */
  async call<Value>(name: string, args: object): Promise<Value> {
    const request = JSON.stringify({ call: name, arguments: args }, (_, value) => encode(value))
    const line = await new Promise<string>((resolve, reject) => {
      const { stdin } = this.#running()
      this.#waiting.push({ resolve, reject })
      stdin.write(`${request}\n`)
    })
    const answer = JSON.parse(line, (_, value) => decode(value))
    if ('error' in answer) throw new Error(answer.error)
    return answer.value
  }

  end(): void {
    this.#process?.stdin.end()
  }

  #running(): ChildProcessWithoutNullStreams {
    if (this.#process) return this.#process
    const child = spawn(this.#python, [SCRIPT])
    createInterface({ input: child.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(line))
    child.stderr.on('data', (text) => {
      this.#complaints += text
    })
    child.on('close', (code) => {
      const error = new Error(`Keras ended with the exit code ${code}: ${this.#complaints.slice(-2000)}`)
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    })
    this.#process = child
    return child
  }
}

function encode(value: unknown): unknown {
  if (!(value instanceof NdArray)) return value
  const { buffer, byteOffset, byteLength } = value.data
  const base64 = Buffer.from(buffer, byteOffset, byteLength).toString('base64')
  return { dtype: NAMES[value.dtype], shape: value.shape, base64 }
}

function decode(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('base64' in value)) return value
  const { dtype, shape, base64 } = value as { dtype: string; shape: number[]; base64: string }
  return new NdArray(DTYPES[dtype](new Uint8Array(Buffer.from(base64, 'base64')).buffer), shape)
}

type Result = number | NdArray | readonly Result[] | { readonly [name: string]: Result }

/** Numbers, arrays, lists and dictionaries of them, whatever the spelling of their keys; each value within `tolerance` times 1 + its size. */
export function expectClose(actual: Result, expected: Result, tolerance: number): void {
  const [ours, theirs] = [flat(actual), flat(expected)]
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort())
  for (const [name, wanted] of Object.entries(theirs)) {
    const errors = wanted.map((value, i) => Math.abs(ours[name][i] - value) / (1 + Math.abs(value)))
    expect({ [name]: ours[name].length }).toEqual({ [name]: wanted.length })
    expect(
      errors.every((error) => error <= tolerance),
      `${name}: ${ours[name].slice(0, 5)} is not ${wanted.slice(0, 5)}, off by ${Math.max(...errors)}`,
    ).toBe(true)
  }
}

/** Every array of numbers in a result, by its place. */
function flat(result: Result, name = ''): { readonly [name: string]: readonly number[] } {
  if (typeof result === 'number') return { [name]: [result] }
  if (result instanceof NdArray) return { [`${name} [${result.shape}]`]: [...result.data] }
  const parts = Object.entries(result).map(([key, value]) => flat(value, `${name}.${camelCase(key)}`))
  return Object.assign({}, ...parts)
}

/** What a test file needs of Keras: whether it is there, a process of it, and a folder for files; all go when the tests are over. */
export function openKeras(): { readonly python: string | undefined; readonly keras: Keras; readonly folder: string } {
  const python = kerasPython()
  const keras = new Keras(python ?? '')
  const folder = mkdtempSync(join(tmpdir(), 'separable-'))
  beforeEach(() => {
    configure({ threads: 1 })
    resetNames()
  })
  afterAll(() => {
    keras.end()
    rmSync(folder, { recursive: true })
  })
  return { python, keras, folder }
}

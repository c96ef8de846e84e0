/**
 * @file Whatever is passed in whatever place: each function of the package, and each method of what it makes, takes it or says in
 * one line what it should have been. The functions are found, not listed, so that new ones are tried as well.
 */
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { ReferenceEngine } from '../src/backends/reference/reference-engine.ts'
import { setPlatform } from '../src/base/platform.ts'
import * as data from '../src/data/index.ts'
import * as core from '../src/index.ts'
import * as js from '../src/js/index.ts'
import * as models from '../src/models/index.ts'
import { nodePlatform } from '../src/node-platform.ts'
import * as onnx from '../src/onnx/index.ts'

const { input, layers, model, NdArray, sequential } = core

const folder = mkdtempSync(join(tmpdir(), 'wrong-kinds-'))

beforeEach(() => {
  // An empty folder of data that was chosen: nothing is downloaded.
  setPlatform({ ...nodePlatform, env: (name) => (name === 'SEPARABLE_DATA' ? folder : undefined) })
  core.setEngineFactory(async () => new ReferenceEngine())
  core.setScreen({ ...SILENT })
})

const SILENT = { interactive: false, columns: 80, color: false, print() {}, warn() {}, draw() {}, endDrawing() {} }

/** Made anew for each call, as some are changed. */
const junk = (): unknown[] => [
  undefined,
  null,
  Number.NaN,
  -1.5,
  7,
  'text',
  true,
  Symbol('symbol'),
  3n,
  [],
  [undefined],
  [[1, 'x'], { a: [] }],
  {},
  { nested: { deeply: [null] } },
  Object.create(null),
  new BigInt64Array(2),
  new Float32Array(3),
  new Map([['a', 1]]),
  function named() {},
]

const LATE = Symbol('late')
const isClass = (f: unknown): f is new (...args: unknown[]) => unknown =>
  typeof f === 'function' && /^class\b/.test(String(f))

/** What layers, networks and optimizers ask of each other while a graph is traced: users write these methods, they call none. */
const PROTOCOL =
  /^(model|functional|layer|optimizer)\.(build|call|callAll|trace|addWeight|rates|next|addUpdates|addAccumulation|finish|setState|describe|ready)$/
/** They draw thousands of pictures for each call that they accept; src/models/unknown-options.test.ts tries their options. */
const DRAWS = new Set(['shapes', 'loadDataset'])

type Call = (...args: unknown[]) => unknown

function* exported(module: object, path = ''): Generator<[name: string, call: Call]> {
  for (const [key, value] of Object.entries(module)) {
    const name = path ? `${path}.${key}` : key
    if (isClass(value)) yield [`new ${name}`, (...args) => new value(...args)]
    else if (typeof value === 'function') yield [name, value as Call]
    else if (typeof value === 'object' && value !== null && !Array.isArray(value)) yield* exported(value, name)
    if (isClass(value))
      for (const each of Object.getOwnPropertyNames(value)) {
        const own = (value as unknown as Record<string, unknown>)[each]
        if (typeof own === 'function' && each !== 'prototype') yield [`${name}.${each}`, own.bind(value) as Call]
      }
  }
}

function* methods(name: string, make: () => object): Generator<[name: string, call: Call]> {
  const found = new Set<string>()
  for (
    let proto = Object.getPrototypeOf(make());
    proto && proto !== Object.prototype;
    proto = Object.getPrototypeOf(proto)
  )
    for (const key of Object.getOwnPropertyNames(proto))
      if (
        key !== 'constructor' &&
        !found.has(key) &&
        typeof Object.getOwnPropertyDescriptor(proto, key)?.value === 'function'
      ) {
        found.add(key)
        yield [`${name}.${key}`, (...args) => (make() as Record<string, Call>)[key](...args)]
      }
}

async function complaint(call: Call, args: unknown[]): Promise<string | undefined> {
  try {
    const answer = call(...args)
    const late = new Promise((done) => setTimeout(done, 2000, LATE))
    if (answer instanceof Promise && (await Promise.race([answer, late])) === LATE) return 'HANGS'
  } catch (error) {
    if (error instanceof core.SeparableError && error.code !== 'internal' && error.message.includes('received: '))
      return undefined
    return String((error as Error)?.stack ?? error)
      .split('\n')
      .filter((line, i) => i === 0 || /src\//.test(line))
      .slice(0, 3)
      .join(' | ')
  }
  return undefined
}

const compiled = () => {
  const net = sequential([input({ shape: [2] }), layers.dense({ units: 2, activation: 'softmax' })])
  net.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
  return net
}

const x = new NdArray(new Float32Array(8), [4, 2])
const y = new NdArray(Int32Array.of(0, 1, 0, 1), [4])

const VALID: Record<string, unknown[]> = {
  fit: [x, y, { verbose: 0 }],
  evaluate: [x, y, { verbose: 0 }],
  predict: [x, {}],
  predictAll: [x, {}],
  predictOnBatch: [x],
  trainOnBatch: [x, y, {}],
  testOnBatch: [x, y, {}],
  profile: [x, y],
  plan: ['predict', 4],
  memory: ['predict', {}],
  fitDataset: [{ [Symbol.iterator]: () => [[x, y]].values() }, { verbose: 0 }],
  evaluateDataset: [{ [Symbol.iterator]: () => [[x, y]].values() }, { verbose: 0 }],
}

const all: [string, Call][] = [
  ...exported({ ...core, ...data, ...models, ...js, ...onnx }),
  ...methods('model', compiled),
  ...methods('functional', () => {
    const a = input({ shape: [2] })
    return model({ inputs: a, outputs: layers.dense({ units: 2 }).apply(a) })
  }),
  ...methods('layer', () => layers.dense({ units: 2 })),
  ...methods('ndarray', () => new NdArray(new Float32Array(4), [2, 2])),
  ...methods('optimizer', () => core.optimizers.adam()),
]

const isZoo = new Set(Object.keys(models).concat(Object.keys(models.zoo).map((n) => `zoo.${n}`)))
it('wrong kinds of arguments are refused in one line that names what was received', async () => {
  const seen = new Map<string, string>()
  for (const [name, call] of all) {
    if (PROTOCOL.test(name) || DRAWS.has(name)) continue
    const sets: unknown[][] = [[]]
    for (const a of junk()) sets.push([a])
    if (!isZoo.has(name))
      for (const a of junk()) for (const first of [x, {}, 'text', 7, undefined]) sets.push([first, a])
    const valid = VALID[name.split('.').at(-1) as string]
    if (valid)
      valid.forEach((_, i) => {
        for (const a of junk()) sets.push(valid.map((v, j) => (i === j ? a : v)))
      })
    const schema = (call as { schema?: object }).schema
    if (schema) for (const key of Object.keys(schema)) for (const a of junk()) sets.push([{ [key]: a }])
    for (const args of sets) {
      const why = await complaint(call, args)
      if (why && !seen.has(name + why.slice(0, 60))) seen.set(name + why.slice(0, 60), `${name}: ${why}`)
    }
  }
  expect(all.length).toBeGreaterThan(300)
  expect([...seen.values()]).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})

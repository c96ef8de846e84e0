/** @file Tests of what the platform puts in place. */
import { afterEach, expect, it } from 'vitest'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { configure, createEngine, type EngineOptions, setEngineFactory, setScreen } from './environment.ts'

afterEach(() => configure({}))

it('hands the configuration to the factory', async () => {
  const asked: EngineOptions[] = []
  setEngineFactory(async (options) => {
    asked.push(options)
    return new ReferenceEngine()
  })
  await createEngine()
  configure({ threads: 2, deterministic: 'portable', selfTest: 'anew' })
  await createEngine()
  expect(asked).toEqual([
    { backend: 'wasm', threads: null, deterministic: 'machine', selfTest: 'recorded' },
    { backend: 'wasm', threads: 2, deterministic: 'portable', selfTest: 'anew' },
  ])
  configure({ backend: 'reference' })
  expect((await createEngine()).backend).toBe('reference')
  expect(asked).toHaveLength(2)
})

it('refuses what it does not know', () => {
  for (const threads of [0, 10_000])
    expect(() => configure({ threads })).toThrow(
      `configure: threads must be an integer >= 1 and <= 256 or null, received: ${threads}`,
    )
  // @ts-expect-error no such backend
  expect(() => configure({ backend: 'webgl' })).toThrow('configure: backend must be "wasm" or "reference"')
})

it('tells a screen once what is slower than it could be', async () => {
  const lines: string[] = []
  const screen = { interactive: false, columns: 80, color: false, print() {}, draw() {}, endDrawing() {} }
  const tell = () => setScreen({ ...screen, warn: (line) => lines.push(line) })
  tell()
  setEngineFactory(async () => new WasmEngine({ cores: 1, deterministic: 'portable' }))
  for (let i = 0; i < 2; i++) await (await createEngine()).close()
  expect(lines).toEqual(['no shared memory: computing on one thread, the calling one'])
  tell()
  await (await createEngine()).close()
  expect(lines).toHaveLength(2)
})

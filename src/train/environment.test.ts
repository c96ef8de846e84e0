/** @file Tests of what the platform puts in place. */
import { afterEach, expect, it } from 'vitest'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { configure, createEngine, type EngineOptions, setEngineFactory } from './environment.ts'

afterEach(() => configure({}))

it('hands the configuration to the factory', async () => {
  const asked: EngineOptions[] = []
  setEngineFactory(async (options) => {
    asked.push(options)
    return new ReferenceEngine()
  })
  await createEngine()
  configure({ threads: 2, deterministic: 'portable' })
  await createEngine()
  expect(asked).toEqual([
    { backend: 'wasm', threads: null, deterministic: 'machine' },
    { backend: 'wasm', threads: 2, deterministic: 'portable' },
  ])
  configure({ backend: 'reference' })
  expect((await createEngine()).backend).toBe('reference')
  expect(asked).toHaveLength(2)
})

it('refuses what it does not know', () => {
  expect(() => configure({ threads: 0 })).toThrow('configure: threads must be an integer >= 1 or null, received: 0')
  // @ts-expect-error no such backend
  expect(() => configure({ backend: 'webgl' })).toThrow('configure: backend must be "wasm" or "reference"')
})

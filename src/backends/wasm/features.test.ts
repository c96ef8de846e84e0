/** @file What is found out about an engine. */
import { setFlagsFromString } from 'node:v8'
import { afterEach, expect, it, vi } from 'vitest'
import { probeFeatures } from './features.ts'

setFlagsFromString('--experimental-wasm-relaxed-simd')

const { Instance } = WebAssembly
afterEach(() => {
  WebAssembly.Instance = Instance
})

it('an engine whose relaxed multiply-add rounds twice does without it', () => {
  // The probe leaves its memory at zero, as rounding twice does.
  WebAssembly.Instance = class {
    exports = { probe() {} }
  }
  expect(probeFeatures()).toMatchObject({ isa: 'simd', unfused: true })
})

it('there may be no WebAssembly', () => {
  vi.stubGlobal('WebAssembly', undefined)
  expect(() => probeFeatures()).toThrow('has no WebAssembly, received: "undefined"')
  vi.unstubAllGlobals()
})

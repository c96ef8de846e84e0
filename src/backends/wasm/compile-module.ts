/** @file Emitted bytes -> a compiled module; what a machine or a page may refuse becomes one clear line. */
import { received, SeparableError } from '../../base/errors.ts'

/** @throws SeparableError (`unsupported`) when this page or this machine does not run WebAssembly with SIMD */
export async function compileModule(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes)
  } catch (cause) {
    throw refusal(cause)
  }
}

/** As `compileModule`, at once: for small modules. */
export function compileNow(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes)
  } catch (cause) {
    throw refusal(cause)
  }
}

function refusal(cause: unknown): SeparableError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const isPolicy = /content.security.policy|unsafe-eval|\bCSP\b/i.test(reason)
  const message = isPolicy
    ? "the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src"
    : 'this machine cannot run the emitted code: it takes WebAssembly with SIMD (browsers since 2023, Node 20.19)'
  return new SeparableError('unsupported', `${message}, ${received(reason)}`, { cause })
}

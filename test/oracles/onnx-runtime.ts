/** @file ONNX Runtime as an oracle. `npm --prefix test/oracles ci` installs it; without it tests skip, and say so. */
import { NdArray, type Shape } from '../../src/tensor/ndarray.ts'

interface Session {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  run(feeds: Record<string, unknown>): Promise<Record<string, { readonly data: Float32Array; readonly dims: Shape }>>
}

interface Runtime {
  readonly InferenceSession: { create(file: Uint8Array): Promise<Session> }
  readonly Tensor: new (type: string, data: Float32Array, dims: Shape) => unknown
}

/** Runs a file on inputs in the order of its graph; outputs by their names. */
export type RunOnnx = (file: Uint8Array, ...inputs: readonly NdArray[]) => Promise<Map<string, NdArray>>

/** Undefined when it is not installed. */
export async function onnxRuntime(): Promise<RunOnnx | undefined> {
  const path = new URL('node_modules/onnxruntime-web/dist/ort.node.min.mjs', import.meta.url).href
  const runtime = (await import(/* @vite-ignore */ path).catch(() => undefined)) as Runtime | undefined
  if (!runtime) console.warn('SKIPPED: onnxruntime-web is not installed: npm --prefix test/oracles ci')
  return runtime && ((file, ...inputs) => run(runtime, file, inputs))
}

async function run({ InferenceSession, Tensor }: Runtime, file: Uint8Array, inputs: readonly NdArray[]) {
  const session = await InferenceSession.create(file)
  const feeds = session.inputNames.map((name, i) => [
    name,
    new Tensor('float32', inputs[i].data as Float32Array, inputs[i].shape),
  ])
  const results = await session.run(Object.fromEntries(feeds))
  return new Map(session.outputNames.map((name) => [name, new NdArray(results[name].data, results[name].dims)]))
}

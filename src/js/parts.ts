/** @file The data of an exported module: what its users see of the model, and what its code works on. */
import type { Slot } from '../backends/wasm/standalone.ts'

/** `export const info` of an exported module. */
export interface Info {
  readonly name: string
  /** Shapes of one item: [height, width, channels] for a picture. */
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  /** Names of the classes, in the order of the scores. */
  readonly classes: readonly string[] | null
  readonly layers: number
  readonly parameters: number
}

interface Port {
  readonly name: string
  readonly shape: readonly number[]
}

/** Binary data is base64, numbers little endian. */
export interface Parts {
  /** Size of the memory, in pages of 64 KiB. */
  readonly pages: number
  /** What the kernels expect at this address. */
  readonly head: { readonly address: number; readonly bytes: string }
  /** Address of the word that is to be cleared after the first run. */
  readonly prepare: number
  readonly inputs: readonly Slot[]
  readonly outputs: readonly Slot[]
  /** Places of the weights, in their order. */
  readonly params: readonly Slot[]
  /** What bytes are divided by before the model sees them. */
  readonly divideBy: number
  /** What comes out for the test picture; nothing is tested where it is empty. */
  readonly test: readonly number[]
  readonly kernels: string
  readonly weights: string
}

/** What an export makes. */
export interface JsModule {
  readonly info: Info
  /** The ES module: it exports `predict(pixels)` and `info`. */
  readonly text: string
  /** What its bytes are: the code that people can read, the WebAssembly module and the weights as they stand in the text. */
  readonly sizes: { readonly code: number; readonly kernels: number; readonly weights: number }
}

/** What `predict` takes for one input. */
export type Values =
  | ArrayLike<number>
  | { readonly data: ArrayLike<number>; readonly width: number; readonly height: number }

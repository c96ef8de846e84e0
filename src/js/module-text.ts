/** @file The text of an exported module: metadata, the predictor's code, and the data that it works on. */
import type { Steps } from '../base/steps.ts'
import { luma } from '../tensor/luma.ts'
import type { Info, JsModule, Parts } from './parts.ts'
import { Predictor } from './predictor.js'

const HEADER = `// A trained network that needs nothing else, made by separable: kernels, weights, and the code that runs them.
//   predict(pixels)  the scores of one picture: [height, width, channels] as bytes or numbers, or an ImageData
//   info             names and shapes`

export function moduleText(info: Info, { kernels, weights, ...rest }: Parts): JsModule {
  const write = (kernels: string, weights: string) => `${HEADER}

export const info = {
${properties(info)}
}

const luma = ${luma}

const Predictor = ${Predictor}

const predictor = new Predictor(info, {
${properties(rest)}
  kernels: '${kernels}',
  weights: '${weights}',
}, luma)
await predictor.start()

export const predict = (pixels) => predictor.predict(pixels)
`
  const code = new TextEncoder().encode(write('', '')).length
  return { info, text: write(kernels, weights), sizes: { code, kernels: kernels.length, weights: weights.length } }
}

/** One a line. JSON is JavaScript; without `<` no name in it can end the script of a page. */
function properties(object: object): string {
  const lines = Object.entries(object).map(([key, value]) => `  ${key}: ${JSON.stringify(value)},`)
  return lines.join('\n').replaceAll('<', '\\u003c')
}

/** Bytes that become one piece of base64: a multiple of three, for a few milliseconds. */
const PIECE = 3 * 2 ** 18

const DIGITS = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')

/** As `btoa`, which takes many times as long in some engines. */
export function* base64(bytes: Uint8Array): Steps<string> {
  let text = ''
  for (let from = 0; from < bytes.length; from += PIECE) {
    text += pieceOf(bytes.subarray(from, from + PIECE))
    yield
  }
  return text
}

function pieceOf(bytes: Uint8Array): string {
  const digits = new Uint8Array(4 * Math.ceil(bytes.length / 3))
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const group = (bytes[from] << 16) | (bytes[from + 1] << 8) | bytes[from + 2]
    digits[to] = DIGITS[group >> 18]
    digits[to + 1] = DIGITS[(group >> 12) & 63]
    digits[to + 2] = DIGITS[(group >> 6) & 63]
    digits[to + 3] = DIGITS[group & 63]
  }
  digits.fill(PADDING, digits.length - ((3 - (bytes.length % 3)) % 3))
  return new TextDecoder().decode(digits)
}

const PADDING = '='.charCodeAt(0)

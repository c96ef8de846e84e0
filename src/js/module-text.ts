/** @file The text of an exported module: metadata, the predictor's code, and the data that it works on. */
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

/** Bytes that become one piece of base64: a multiple of three. */
const PIECE = 3 * 8192

export function base64(bytes: Uint8Array): string {
  const pieces: string[] = []
  for (let from = 0; from < bytes.length; from += PIECE)
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(from, from + PIECE))))
  return pieces.join('')
}

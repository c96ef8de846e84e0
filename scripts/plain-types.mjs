/**
 * @file Part of `npm run build`: writes the types of the package so that TypeScript knows them from 5.0 on. Typed arrays have
 * no parameters there before 5.7; what the functions of the standard library return has them exactly where they exist.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `Float32Array<ArrayBuffer>` -> `ReturnType<typeof Float32Array.of>`; `DataView<ArrayBufferLike>` -> `DataView` @param {string} text */
export function plainTypes(text) {
  return text
    .replace(/\b(\w+Array)<ArrayBuffer>/g, 'ReturnType<typeof $1.of>')
    .replace(/\b(\w+Array|DataView)<ArrayBufferLike>/g, '$1')
}

/** @param {string} dist */
function rewrite(dist) {
  const names = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'))
  for (const path of names.map((name) => join(dist, name))) {
    const text = readFileSync(path, 'utf8')
    const plain = plainTypes(text)
    if (plain !== text) writeFileSync(path, plain)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) rewrite(fileURLToPath(new URL('../dist', import.meta.url)))

/**
 * @file The end of `npm run build`: removes from dist what an earlier build left of sources that are gone, so that it holds what
 * the entries of the package reach and nothing else. Files that are still compiled stay untouched, for whoever runs them.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const BUILD_INFO = '.tsbuildinfo'

/**
 * @param {string} root the project, with its compiled `dist`
 * @returns {string[]} what was removed, as paths within dist
 */
export function pruneDist(root) {
  const dist = join(root, 'dist')
  /** @type {{ fileNames?: string[] }} */
  const { fileNames = [] } = JSON.parse(readFileSync(join(dist, BUILD_INFO), 'utf8'))
  const source = join(root, 'src') + sep
  const compiled = fileNames.map((name) => resolve(dist, name)).filter((path) => path.startsWith(source))
  if (compiled.length === 0) throw new Error(`${BUILD_INFO} names no file of src: nothing is removed`)
  const kept = new Set(compiled.map((path) => withoutEnding(path.slice(source.length))))
  const stale = filesIn(dist).filter((path) => path !== BUILD_INFO && !kept.has(withoutEnding(path)))
  for (const path of stale) rmSync(join(dist, path))
  return stale
}

/** @param {string} path */
function withoutEnding(path) {
  return path.replace(/(\.d)?\.[jt]s$/, '')
}

/** @param {string} folder @returns {string[]} paths within it */
function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const path of pruneDist(fileURLToPath(new URL('..', import.meta.url)))) console.log(`removed dist/${path}`)
}

/** @file What `npm pack` would publish: the modules that the package's entries reach, their types, and nothing else. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

interface Packed {
  readonly files: readonly { readonly path: string }[]
}

/** The paths that the manifest names. */
function entries(): string[] {
  const { exports, bin } = JSON.parse(read('package.json'))
  const paths = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Object.values(value as object).flatMap(paths)
  return [...paths(exports), ...paths(bin)].map((path) => normalize(path))
}

const IMPORTS =
  /(?:^(?:import|export) [^'"\n]*from |^\} from |^import |\bimport\(|new URL\()['"](?<name>\.[^'"]+)\.[jt]s['"]/gm

/** A module, without ending, and all that it and its types import from the package, at once, later or as a worker. */
function reach(module: string, reached: Set<string>): void {
  // What is written into pages has imports, too.
  if (reached.has(module) || !existsSync(join(ROOT, `${module}.js`))) return
  reached.add(module)
  for (const ending of ['.js', '.d.ts'])
    for (const { groups } of read(module + ending).matchAll(IMPORTS))
      reach(join(dirname(module), groups?.name as string), reached)
}

it('holds what its entries reach, and no more', () => {
  const shell = process.platform === 'win32'
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, shell })
  const [{ files }] = JSON.parse(output.toString()) as [Packed]
  const packed = files.map(({ path }) => normalize(path))
  expect(entries().filter((path) => !packed.includes(path))).toEqual([])
  const reached = new Set<string>()
  for (const entry of entries().filter((path) => path.endsWith('.js'))) reach(entry.replace(/\.js$/, ''), reached)
  const expected = [...reached].flatMap((module) => [`${module}.js`, `${module}.d.ts`])
  expect(packed.sort()).toEqual([...expected, 'LICENSE', 'README.md', 'package.json'].sort())
})

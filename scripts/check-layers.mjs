/**
 * @file `npm run layers`: rejects source that leaves the house plan. Holds the table of layers and the limits on files and
 * functions; prints one `file:line message` for each breach and exits with 1 when there is any.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findCycles } from './lib/cycles.mjs'
import { parseSource } from './lib/parse-source.mjs'

/** The folders and files of src/, lowest layer first. A file imports from lower layers and from its own folder. */
const LAYERS = [
  ['base'],
  ['tensor'],
  ['ir', 'codegen', 'formats', 'report'],
  ['ops'],
  ['autodiff', 'passes'],
  ['backends'],
  ['nn'],
  ['saving', 'data'],
  ['train'],
  ['transform'],
  ['models', 'onnx', 'js'],
  ['recipes'],
  ['index.ts'],
  [
    'cli',
    'node.ts',
    'web.ts',
    'node-data.ts',
    'node-platform.ts',
    'node-image.ts',
    'node-lock.ts',
    'node-read.ts',
    'node-screen.ts',
    'node-write.ts',
  ],
]
const LAYER_OF = new Map(LAYERS.flatMap((names, layer) => names.map((name) => /** @type {const} */ ([name, layer]))))
/** Files at the rim know the platform, and one another; cycles among them are still rejected. */
const RIM = LAYERS.length - 1

/** The entry file of a worker cannot live at the rim: it is loaded by its address, next to the backend it serves. */
const PLATFORM_FILES = new Set(['src/backends/wasm/worker.js'])
const PLATFORM_GLOBALS = new Set(['process', 'Buffer', 'document', 'window', 'navigator', 'Worker'])

/** These must treat all ops alike, by their traits. */
const OP_AGNOSTIC = new Set(['passes', 'autodiff', 'backends'])

/**
 * What some files may not import although it lies below them: passes make plans, which are data, and only backends turn plans into
 * code; the passes at the root of their folder serve every machine.
 * @type {readonly { from: RegExp, to: RegExp, why: string }[]}
 */
const APART = [
  { from: /^src\/passes\//, to: /^src\/codegen\//, why: 'a plan is data, backends emit the code' },
  { from: /^src\/passes\/[^/]+$/, to: /^src\/(passes\/[^/]+|ops)\//, why: 'these passes know no machine' },
]
/** Values of traits; some ops and op folders carry the same word. */
const TRAIT_WORDS = new Set(['input', 'param', 'scalar', 'constant', 'elementwise'])

/** Folders whose files keep to the header and the limits; the layer rules are for src alone. */
const ROOTS = ['src', 'test', 'bench', 'scripts']
const MAX_FILE_LINES = 420
const MAX_FUNCTION_LINES = 60

/**
 * @typedef {import('./lib/parse-source.mjs').SourceFacts} SourceFacts
 * @typedef {{ path: string, line: number, message: string }} Problem
 */

/**
 * Checks every source file of a project.
 * @param {string} projectDir
 * @returns {Problem[]} sorted by file and line
 */
export function checkProject(projectDir) {
  const files = ROOTS.flatMap((root) => listSources(join(projectDir, root))).map((path) =>
    parseSource(relative(projectDir, path).split(sep).join('/'), readFileSync(path, 'utf8')),
  )
  const library = files.filter(({ path }) => path.startsWith('src/') && !isTest(path))
  const opNames = collectOpNames(library)
  const problems = [
    ...files.flatMap(checkSize),
    ...files.filter(({ path }) => path.startsWith('src/')).flatMap(checkRandom),
    ...library.flatMap((file) => [
      ...checkImports(file),
      ...(isHelper(file.path) ? [] : checkPlatform(file)),
      ...checkOpNames(file, opNames),
    ]),
    ...checkCycles(library),
  ]
  return problems.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line)
}

/** @param {string} dir @returns {string[]} */
function listSources(dir) {
  if (!statSync(dir, { throwIfNoEntry: false })) return []
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return []
    const path = join(dir, entry.name)
    return entry.isDirectory() ? listSources(path) : /\.(ts|js|mjs)$/.test(path) ? [path] : []
  })
}

/** @param {string} path */
function isTest(path) {
  return path.endsWith('.test.ts')
}

/** What tests share is not part of the build. @param {string} path */
function isHelper(path) {
  return path.endsWith('testing.ts')
}

/** `src/ops/conv2d/op.ts` is in `ops`, `src/node.ts` is `node.ts`. @param {string} path */
function unitOf(path) {
  return path.split('/')[1] ?? path
}

/** @param {string} path */
function layerOf(path) {
  return LAYER_OF.get(unitOf(path))
}

/** @param {SourceFacts} file @returns {Problem[]} */
function checkSize({ path, lineCount, hasHeader, functions }) {
  const problems = functions
    .filter(({ lines, suite }) => lines > MAX_FUNCTION_LINES && !suite)
    .map(({ name, line, lines }) => ({
      path,
      line,
      message: `function ${name} has ${lines} lines, more than ${MAX_FUNCTION_LINES}`,
    }))
  if (lineCount > MAX_FILE_LINES)
    problems.push({ path, line: lineCount, message: `file has ${lineCount} lines, more than ${MAX_FILE_LINES}` })
  if (!hasHeader) problems.push({ path, line: 1, message: 'starts without a /** @file ... */ header' })
  return problems
}

/** @param {SourceFacts} file @returns {Problem[]} */
function checkRandom({ path, globals }) {
  return globals
    .filter(({ text }) => text === 'Math.random')
    .map(({ line }) => ({ path, line, message: 'Math.random: everything random comes from a seed' }))
}

/** @param {SourceFacts} file @returns {Problem[]} */
function checkImports({ path, imports }) {
  const own = layerOf(path)
  if (own === undefined) return [{ path, line: 1, message: `src/${unitOf(path)} is not in the table of layers` }]
  return relativeImports({ path, imports }).flatMap(({ target, line }) => {
    if (!target.startsWith('src/')) return [{ path, line, message: `imports ${target} from outside src` }]
    if (isTest(target)) return [{ path, line, message: `imports the test ${target}` }]
    const apart = APART.find(({ from, to }) => from.test(path) && to.test(target))
    if (apart) return [{ path, line, message: `must not import ${target}: ${apart.why}` }]
    const other = layerOf(target)
    const allowed =
      other === undefined || other < own || unitOf(target) === unitOf(path) || (own === RIM && other === RIM)
    const message = `${unitOf(path)} (layer ${own}) must not import ${target} (layer ${other})`
    return allowed ? [] : [{ path, line, message }]
  })
}

/** @param {Pick<SourceFacts, 'path' | 'imports'>} file */
function relativeImports({ path, imports }) {
  return imports
    .filter(({ text }) => text.startsWith('.'))
    .map(({ text, line }) => ({
      line,
      target: normalize(join(dirname(path), text))
        .split(sep)
        .join('/'),
    }))
}

/** @param {SourceFacts} file @returns {Problem[]} */
function checkPlatform({ path, imports, globals }) {
  if (layerOf(path) === RIM || PLATFORM_FILES.has(path)) return []
  const uses = [
    ...globals.filter(({ text }) => PLATFORM_GLOBALS.has(text)),
    ...imports.filter(({ text }) => isBuiltin(text)),
  ]
  return uses.map(({ text, line }) => ({
    path,
    line,
    message: `uses ${text}: only ${(LAYERS[RIM] ?? []).join(', ')} touch the platform`,
  }))
}

/** Ops are known by their folder in src/ops and by the name in their definition. @param {SourceFacts[]} library */
function collectOpNames(library) {
  const ops = library.filter(({ path }) => unitOf(path) === 'ops')
  const folders = ops
    .map(({ path }) => path.split('/'))
    .flatMap(([, , folder, file]) => (folder && file === 'op.ts' ? [folder] : []))
  return new Set([...folders, ...ops.flatMap((file) => file.opNames)].filter((name) => !TRAIT_WORDS.has(name)))
}

/** @param {SourceFacts} file @param {Set<string>} opNames @returns {Problem[]} */
function checkOpNames({ path, strings }, opNames) {
  if (!OP_AGNOSTIC.has(unitOf(path))) return []
  return strings
    .filter(({ text }) => opNames.has(text))
    .map(({ text, line }) => ({ path, line, message: `names the op '${text}': ask its traits instead` }))
}

/** @param {SourceFacts[]} files @returns {Problem[]} */
function checkCycles(files) {
  const known = new Set(files.map(({ path }) => path))
  const graph = new Map(
    files.map((file) => [
      file.path,
      relativeImports(file)
        .map(({ target }) => target)
        .filter((target) => known.has(target)),
    ]),
  )
  return findCycles(graph).map((cycle) => {
    const [path = ''] = cycle
    const line = relativeImports(/** @type {SourceFacts} */ (files.find((file) => file.path === path))).find(
      ({ target }) => target === cycle[1],
    )?.line
    return { path, line: line ?? 1, message: `import cycle: ${cycle.join(' -> ')}` }
  })
}

function main() {
  const problems = checkProject(join(dirname(fileURLToPath(import.meta.url)), '..'))
  for (const { path, line, message } of problems) console.error(`${path}:${line} ${message}`)
  console.log(problems.length === 0 ? 'layers: no problems' : `layers: ${problems.length} problems`)
  process.exitCode = problems.length === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()

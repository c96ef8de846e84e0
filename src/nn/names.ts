/** @file Spelling: names that layers get when the user gives none, and the two spellings of Keras's vocabulary. */
import { received, SeparableError } from '../base/errors.ts'

const counts = new Map<string, number>()

/** `Conv2D` becomes `conv2d`, then `conv2d_1`, ...: one counter for each class in this process, as in Keras. */
export function autoName(className: string): string {
  const base = snakeCase(className)
  const count = counts.get(base) ?? 0
  counts.set(base, count + 1)
  return count === 0 ? base : `${base}_${count}`
}

/** Starts all counters of automatic names again (Keras: `clear_session`). */
export function resetNames(): void {
  counts.clear()
}

const takenNames = new Map<string, number>()

/** The name itself, then `name#1`, ...: never the same one twice in this process. */
export function uniqueName(name: string): string {
  const count = takenNames.get(name) ?? 0
  takenNames.set(name, count + 1)
  return count === 0 ? name : `${name}#${count}`
}

/** `SeparableConv2D` -> `separable_conv2d`, exactly as Keras's `to_snake_case`. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

/** `sparse_categorical_crossentropy` -> `sparseCategoricalCrossentropy`; other names stay as they are. */
export function camelCase(name: string): string {
  return name.replace(/_+([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase())
}

/** `, did you mean "filters"?` when a known name is at most two letters (and a third of it) away; else nothing. */
export function suggest(name: string, known: readonly string[]): string {
  const close = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.min(2, candidate.length / 3))
    .sort((a, b) => a.distance - b.distance)[0]
  const match = close?.candidate ?? known.find((candidate) => candidate === camelCase(name))
  return match ? `, did you mean "${match}"?` : ''
}

/**
 * What a name stands for: as it is spelled here, as Keras spells it (`mean_squared_error`), or short.
 * @param short long names by short ones
 * @throws SeparableError (`argument`), with a suggestion, when nothing has this name
 */
export function findByName<T>(
  owner: string,
  kind: string,
  known: { readonly [name: string]: T },
  name: string,
  short: { readonly [name: string]: string } = {},
): T {
  const long = Object.hasOwn(short, name) ? short[name] : camelCase(name)
  if (Object.hasOwn(known, long)) return known[long]
  const names = Object.keys(known)
  throw new SeparableError(
    'argument',
    `${owner}: unknown ${kind}${suggest(long, names)} (known: ${names.join(', ')}), ${received(name)}`,
  )
}

/** The least number of inserted, deleted or replaced letters that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]
}

/** @file From the words on the command line to values. What cannot be read is a usage error; what makes no sense is named. */
import { InvalidArgumentError, Option } from 'commander'
import { received, SeparableError } from '../base/errors.ts'
import { suggest } from '../nn/names.ts'
import { MAX_THREADS } from '../train/environment.ts'

interface Range {
  readonly least: number
  /** More would be a slip, or would ask for more than any machine has. */
  readonly most: number
  readonly standard?: number
}

/** What a machine may have many of. */
export const MANY = 1_000_000_000

/** An option that takes a whole number: `--epochs <n>`. */
export function wholeNumber(flags: string, help: string, { standard, ...range }: Range): Option {
  const option = new Option(flags, help).argParser((text) =>
    parseWholeNumber(flags.split(' ')[0] ?? flags, text, range),
  )
  return standard === undefined ? option : option.default(standard)
}

/** An option that takes a positive number: `--learning-rate <x>`. */
export function positiveNumber(flags: string, help: string): Option {
  const name = flags.split(' ')[0] ?? flags
  return new Option(flags, help).argParser((text) => {
    const value = Number(text)
    if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('It must be a number.')
    if (value > 0 && value <= MANY) return value
    throw new SeparableError('argument', `${name} must be a number above 0, at most ${MANY}, ${received(value)}`)
  })
}

/** An option that takes a share: `--validation-split <share>`. */
export function share(flags: string, help: string, standard?: number): Option {
  const name = flags.split(' ')[0] ?? flags
  const option = new Option(flags, help).argParser((text) => {
    const value = Number(text)
    if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('It must be a number.')
    if (value > 0 && value < 1) return value
    throw new SeparableError('argument', `${name} must be above 0 and below 1, ${received(value)}`)
  })
  return standard === undefined ? option : option.default(standard)
}

/** An option that takes the size of a picture: `--image-size 96` or `--image-size 64x96`; `parseSize` reads its value. */
export function imageSize(flags: string, help: string): Option {
  return new Option(flags, help).argParser((text) => {
    if (/^[1-9]\d{0,4}(x[1-9]\d{0,4})?$/.test(text)) return text
    throw new InvalidArgumentError('It must be as in 96 or 64x96.')
  })
}

/** Height and width. */
export function parseSize(text: string): [number, number] {
  const [height, width = height] = text.split('x').map(Number)
  return [height, width]
}

/** Options that mean the same in every command that has them. */
export const common = {
  dataDir: (): Option =>
    new Option('--data-dir <dir>', 'where data sets lie (default: $SEPARABLE_DATA, or the cache folder)'),
  seed: (): Option =>
    wholeNumber('--seed <n>', 'decides initial weights and the order of images', {
      least: 0,
      most: Number.MAX_SAFE_INTEGER,
      standard: 0,
    }),
  threads: (): Option =>
    wholeNumber('--threads <n>', 'threads to compute with (default: one for each core)', {
      least: 1,
      most: MAX_THREADS,
    }),
  divideBy: (): Option =>
    wholeNumber('--divide-by <n>', 'what pixels of 0 to 255 are divided by before the model sees them', {
      least: 1,
      most: MANY,
      standard: 1,
    }),
  overwrite: (): Option => new Option('--overwrite', 'replace the run that the folder of --out holds'),
  json: (): Option => new Option('--json <file>', 'write the numbers to a file, or to stdout ("-"), alone there'),
}

/** An option that takes names of a list, separated by commas: `--models conv,separable`. */
export function nameList<Name extends string>(flags: string, help: string, known: readonly Name[]): Option {
  return new Option(flags, help)
    .argParser((text) => {
      const names = text.split(',').map((name) => oneOf('model', name.trim(), known))
      return known.filter((name) => names.includes(name))
    })
    .default(known, known.join(','))
}

/** An option that takes one name of a list; `what` is such a thing in help and errors. */
export function choice<Name extends string>(
  flags: string,
  what: string,
  known: readonly Name[],
  standard?: Name,
): Option {
  const option = new Option(flags, `${what}: ${known.join(', ')}`).argParser((text) => oneOf(what, text, known))
  return standard === undefined ? option : option.default(standard)
}

/** An option that takes the shape of a picture: `--input-shape 32x32x3`. */
export function pictureShape(flags: string, help: string, standard?: readonly number[]): Option {
  const option = new Option(flags, help).argParser(parsePictureShape)
  return standard ? option.default(standard, standard.join('x')) : option
}

/**
 * The name itself, if it is one of the known.
 * @throws SeparableError (`argument`) with the nearest known name
 */
export function oneOf<Name extends string>(what: string, name: string, known: readonly Name[]): Name {
  const match = known.find((candidate) => candidate === name)
  if (match) return match
  const message = `unknown ${what}${suggest(name, known)} (known: ${known.join(', ')})`
  throw new SeparableError('argument', `${message}, ${received(name)}`)
}

function parseWholeNumber(name: string, text: string, { least, most }: Range): number {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('It must be a whole number.')
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw new SeparableError('argument', `${name} must be a whole number from ${least} to ${most}, ${received(value)}`)
}

/** Of a picture in pixels: what GPUs and picture files go up to. */
const MAX_SIDE = 65_535

function parsePictureShape(text: string): number[] {
  const sizes = text.split('x').map(Number)
  if (sizes.length === 3 && sizes.every((size) => Number.isSafeInteger(size) && size > 0)) {
    if (sizes.every((size) => size <= MAX_SIDE)) return sizes
    throw new SeparableError(
      'argument',
      `height, width and channels must be at most ${MAX_SIDE} each, ${received(text)}`,
    )
  }
  throw new InvalidArgumentError('It must be height, width and channels, as in 32x32x3.')
}

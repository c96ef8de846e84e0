/**
 * @file Arguments declared once. A schema (one field for each argument) drives the types that a constructor accepts, the
 * checks and their messages, defaults, getConfig/fromConfig and the generated documentation.
 */
import { received, SeparableError } from '../base/errors.ts'
import { camelCase, suggest } from './names.ts'

/** What JSON can hold: configs are made of it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One argument. `Input` is what users may write, `Value` what it becomes. */
export interface Field<Value = unknown, Input = Value, Optional extends boolean = boolean> {
  /** One line for the documentation, without full stop. */
  readonly doc: string
  /** What fits, for messages: `an integer >= 1`. */
  readonly expects: string
  readonly optional: Optional
  readonly fallback: Input | undefined
  /** `undefined` when the input does not fit. */
  parse(input: unknown): Value | undefined
  /** The value as plain data that `parse` accepts again. */
  encode(value: Value): Json
  /** May be left out; stands for `fallback` then. */
  default(fallback: Input): Field<Value, Input, true>
  /** May be left out or null. */
  orNull(): Field<Value | null, Input | null, true>
}

export type Schema = { readonly [name: string]: Field }

type Keys<S extends Schema, Optional extends boolean> = {
  [K in keyof S]: S[K] extends Field<infer _V, infer _I, infer O> ? (O extends Optional ? K : never) : never
}[keyof S]
type InputOf<F> = F extends Field<infer _V, infer Input, infer _O> ? Input : never
type ValueOf<F> = F extends Field<infer Value, infer _I, infer _O> ? Value : never

/** The arguments a user passes. */
export type Args<S extends Schema> = { readonly [K in Keys<S, false>]: InputOf<S[K]> } & {
  readonly [K in Keys<S, true>]?: InputOf<S[K]> | undefined
}

/** The arguments after checks, with defaults filled in. */
export type Resolved<S extends Schema> = { readonly [K in keyof S]: ValueOf<S[K]> }

/** Whether all arguments may be left out: `f()` is allowed. */
export type ArgsParameter<A> = Record<never, never> extends A ? [args?: A] : [args: A]

/**
 * Checks arguments against a schema and fills in defaults.
 * @param owner whose arguments these are, for messages
 * @throws SeparableError (`argument`) for an unknown name, a missing argument or a value that does not fit
 */
export function resolve<S extends Schema>(owner: string, schema: S, args: unknown = {}): Resolved<S> {
  const given = knownArgs(owner, schema, args)
  const entries = Object.keys(schema).map((name) => [name, resolveField(owner, name, schema[name], given[name])])
  return Object.fromEntries(entries) as Resolved<S>
}

/**
 * Checks arguments against a schema, for functions whose defaults depend on more than the schema.
 * @throws SeparableError (`argument`) for an unknown name or a value that does not fit
 */
export function checkArgs(owner: string, schema: Schema, args: unknown = {}): void {
  for (const [name, value] of Object.entries(knownArgs(owner, schema, args)))
    if (value !== undefined) resolveField(owner, name, schema[name], value)
}

function knownArgs(owner: string, schema: Schema, args: unknown): Record<string, unknown> {
  if (typeof args !== 'object' || args === null || Array.isArray(args))
    throw new SeparableError('argument', `${owner}: arguments go into one object, ${received(args)}`)
  const given = args as Record<string, unknown>
  const known = Object.keys(schema)
  for (const name of Object.keys(given))
    if (!Object.hasOwn(schema, name))
      throw new SeparableError(
        'argument',
        `${owner}: unknown argument${suggest(name, known)} (known: ${known.join(', ')}), ${received(name)}`,
      )
  return given
}

function resolveField(owner: string, name: string, field: Field, input: unknown): unknown {
  if (input === undefined && !field.optional)
    throw new SeparableError('argument', `${owner}: ${name} is missing (${field.expects}), ${received(input)}`)
  const value = field.parse(input === undefined ? field.fallback : input)
  if (value === undefined)
    throw new SeparableError('argument', `${owner}: ${name} must be ${field.expects}, ${received(input)}`)
  return value
}

/** A function that shows which arguments it takes: the documentation is written from them. */
export function withSchema<F extends (...args: never[]) => unknown>(
  schema: Schema,
  make: F,
): F & { readonly schema: Schema } {
  return Object.assign(make, { schema })
}

/** The values as plain data that `resolve` turns into equal values. */
export function encode<S extends Schema>(schema: S, values: Resolved<S>): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(schema).map(([name, field]) => [name, field.encode(values[name])]))
}

// ------------------------------------------------------------------------------ fields

interface Rule<Value> {
  readonly doc: string
  readonly expects: string
  parse(input: unknown): Value | undefined
  encode?(value: Value): Json
}

/** A field from its rule; without `encode` the value itself is plain data. */
export function field<Value, Input = Value>(rule: Rule<Value>): Field<Value, Input, false> {
  return make({ encode: (value) => value as Json, ...rule }, false)
}

function make<Value, Input, Optional extends boolean>(
  rule: Required<Rule<Value>>,
  optional: Optional,
  fallback?: Input,
): Field<Value, Input, Optional> {
  return {
    ...rule,
    optional,
    fallback,
    default: (other) => make(rule, true, other),
    orNull: () => make(nullable(rule), true, null),
  }
}

function nullable<Value>(rule: Required<Rule<Value>>): Required<Rule<Value | null>> {
  return {
    doc: rule.doc,
    expects: `${rule.expects} or null`,
    parse: (input) => (input === null ? null : rule.parse(input)),
    encode: (value) => (value === null ? null : rule.encode(value)),
  }
}

interface Limits {
  readonly min?: number
  readonly max?: number
  /** The greatest value excluded, the lowest value excluded. */
  readonly below?: number
  readonly above?: number
}

function within(value: number, { min, max, below, above }: Limits): boolean {
  return (
    value >= (min ?? Number.NEGATIVE_INFINITY) &&
    value <= (max ?? Number.POSITIVE_INFINITY) &&
    value < (below ?? Number.POSITIVE_INFINITY) &&
    value > (above ?? Number.NEGATIVE_INFINITY)
  )
}

function describeLimits({ min, max, below, above }: Limits): string {
  const parts = [
    min === undefined ? '' : `>= ${min}`,
    above === undefined ? '' : `> ${above}`,
    max === undefined ? '' : `<= ${max}`,
    below === undefined ? '' : `< ${below}`,
  ].filter(Boolean)
  return parts.length ? ` ${parts.join(' and ')}` : ''
}

/** A finite number. */
export function number(doc: string, limits: Limits = {}): Field<number, number, false> {
  return field({
    doc,
    expects: `a number${describeLimits(limits)}`,
    parse: (input) =>
      typeof input === 'number' && Number.isFinite(input) && within(input, limits) ? input : undefined,
  })
}

/** A whole number. */
export function int(doc: string, limits: Limits = {}): Field<number, number, false> {
  return field({
    doc,
    expects: `an integer${describeLimits(limits)}`,
    parse: (input) => (Number.isSafeInteger(input) && within(input as number, limits) ? (input as number) : undefined),
  })
}

/** One whole number for both axes of a picture, or [vertical, horizontal]. */
export function pair(doc: string, limits: Limits = {}): Field<readonly [number, number], Pair, false> {
  const one = int(doc, limits)
  return field({
    doc,
    expects: `${one.expects} or two of them`,
    parse(input) {
      const [a, b, ...rest] = Array.isArray(input) ? input : [input, input]
      const [height, width] = [one.parse(a), one.parse(b)]
      return height === undefined || width === undefined || rest.length > 0 ? undefined : [height, width]
    },
  })
}

type Pair = number | readonly [number, number]

export function bool(doc: string): Field<boolean, boolean, false> {
  return field({ doc, expects: 'true or false', parse: (input) => (typeof input === 'boolean' ? input : undefined) })
}

export function text(doc: string): Field<string, string, false> {
  return field({
    doc,
    expects: 'a text that is not empty',
    parse: (input) => (typeof input === 'string' && input !== '' ? input : undefined),
  })
}

/** One of a few names; Keras's spelling (`fan_in`, `SAME`) is understood too. */
export function oneOf<const Name extends string>(doc: string, ...names: readonly Name[]): Field<Name, Name, false> {
  return field({
    doc,
    expects: names.map((name) => `"${name}"`).join(' or '),
    parse: (input) =>
      names.find((name) => name === input || (typeof input === 'string' && name === camelCase(input.toLowerCase()))),
  })
}

/** A list of sizes, each at least 1. */
export function sizes(doc: string): Field<readonly number[], readonly number[], false> {
  const one = int(doc, { min: 1 })
  return field({
    doc,
    expects: 'a list of sizes, each an integer >= 1',
    parse: (input) =>
      Array.isArray(input) && input.every((size) => one.parse(size) !== undefined) ? [...input] : undefined,
  })
}

/** Anything that passes the test; for arguments that are no plain data and never written to a config. */
export function opaque<Value>(doc: string, expects: string, fits: (input: unknown) => boolean) {
  return field<Value>({
    doc,
    expects,
    parse: (input) => (fits(input) ? (input as Value) : undefined),
    encode: () => null,
  })
}

/**
 * @file Objects that are made by a function of their arguments and come back from their configs: initializers, regularizers,
 * constraints.
 */
import { type Field, field, type Json } from './schema.ts'

export interface Declared {
  /** As Keras calls it: `GlorotUniform`. */
  readonly className: string
  readonly config: { readonly [name: string]: Json }
}

type Factory<Made> = (args?: never) => Made

/**
 * An argument that takes the name of such an object, as here or as in Keras, its config, or the object itself.
 * @param method what tells the object from a config
 */
export function declaredField<Made extends Declared, Name extends string>(
  doc: string,
  kind: string,
  factories: Readonly<Record<Name, Factory<Made>>>,
  method: keyof Made & string,
): Field<Made, Name | Made, false> {
  const names = Object.keys(factories) as Name[]
  const plain = (name: string) => name.replaceAll('_', '').toLowerCase()
  return field({
    doc,
    expects: `one of ${names.join(', ')} or the result of ${kind}.*()`,
    parse(input) {
      if (typeof input === 'object' && input !== null && method in input) return input as Made
      const { className, config } = typeof input === 'string' ? { className: input, config: {} } : Object(input)
      const found = typeof className === 'string' && names.find((name) => plain(name) === plain(className))
      return found ? factories[found](config as never) : undefined
    },
    encode: ({ className, config }) => ({ className, config }),
  })
}

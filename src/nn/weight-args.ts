/** @file The three arguments that belong to a weight: how it starts, what it costs, and what it is held to. */
import { type Constraint, constraint } from './constraints.ts'
import { type Initializer, type InitializerName, initializer } from './initializers.ts'
import { type Regularizer, regularizer } from './regularizers.ts'
import type { Field } from './schema.ts'

type FieldWithDefault<F> = F extends Field<infer Value, infer Input, boolean> ? Field<Value, Input, true> : never

type WeightArgs<Name extends string> = {
  readonly [K in `${Name}Initializer`]: FieldWithDefault<ReturnType<typeof initializer>>
} & {
  readonly [K in `${Name}Regularizer`]: ReturnType<typeof regularizer>
} & {
  readonly [K in `${Name}Constraint`]: ReturnType<typeof constraint>
}

/** `kernelInitializer`, `kernelRegularizer` and `kernelConstraint` for the name `kernel`. */
export function weightArgs<const Name extends string>(
  name: Name,
  what: string,
  initial: InitializerName,
): WeightArgs<Name> {
  return {
    [`${name}Initializer`]: initializer(`first values of ${what}`).default(initial),
    [`${name}Regularizer`]: regularizer(what),
    [`${name}Constraint`]: constraint(what),
  } as unknown as WeightArgs<Name>
}

type WeightConfig<Name extends string> = {
  readonly [K in `${Name}Initializer`]: Initializer
} & {
  readonly [K in `${Name}Regularizer`]: Regularizer | null
} & {
  readonly [K in `${Name}Constraint`]: Constraint | null
}

/** What a layer's config says about one of its weights, for `addWeight`. */
export function weightOptions<const Name extends string>(config: WeightConfig<Name>, name: Name) {
  const values = config as unknown as { readonly [name: string]: unknown }
  return {
    initializer: values[`${name}Initializer`] as Initializer,
    regularizer: values[`${name}Regularizer`] as Regularizer | null,
    constraint: values[`${name}Constraint`] as Constraint | null,
  }
}

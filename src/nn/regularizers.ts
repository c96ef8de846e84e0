/** @file Penalties on weights and results that are added to the loss (https://keras.io/api/layers/regularizers/). */
import type { Node } from '../ir/node.ts'
import { abs, add, scale, square } from '../ops/index.ts'
import { type Declared, declaredField } from './declared.ts'
import { sumOfAll } from './reductions.ts'
import { type Args, encode, type Field, number, type Resolved, resolve, type Schema } from './schema.ts'

export interface Regularizer extends Declared {
  /** [...] -> [1]; of a batch the sum over its images. */
  penalty(x: Node): Node
}

function define<S extends Schema>(
  className: string,
  schema: S,
  factors: (args: Resolved<S>) => { readonly l1: number; readonly l2: number },
) {
  return (args?: Args<S>): Regularizer => {
    const resolved = resolve(className, schema, args)
    const { l1, l2 } = factors(resolved)
    return {
      className,
      config: encode(schema, resolved),
      penalty(x) {
        const sizes = () => scale(sumOfAll(abs(x)), l1)
        const squares = () => scale(sumOfAll(square(x)), l2)
        if (l1 === 0) return squares()
        return l2 === 0 ? sizes() : add(sizes(), squares())
      },
    }
  }
}

const factor = (of: string) => number(`factor of the sum of ${of}`, { min: 0 })

/** Regularizers by name; each takes its arguments in one object. */
export const regularizers = {
  /** `l1` (0.01) times the sum of sizes: makes weights 0. */
  l1: define('L1', { l1: factor('sizes').default(0.01) }, ({ l1 }) => ({ l1, l2: 0 })),
  /** `l2` (0.01) times the sum of squares: makes weights small. */
  l2: define('L2', { l2: factor('squares').default(0.01) }, ({ l2 }) => ({ l1: 0, l2 })),
  /** Both; `l1` and `l2` are 0 unless they are given. */
  l1l2: define('L1L2', { l1: factor('sizes').default(0), l2: factor('squares').default(0) }, (factors) => factors),
}

type RegularizerName = keyof typeof regularizers

/** An argument that takes a regularizer's name, its config, or what one of `regularizers` returned; null is none. */
export function regularizer(of: string): Field<Regularizer | null, RegularizerName | Regularizer | null, true> {
  return declaredField<Regularizer, RegularizerName>(
    `penalty on ${of} that is added to the loss`,
    'regularizers',
    regularizers,
    'penalty',
  ).orNull()
}

/** @file Attributes of nodes, as what they are. */
import { invariant } from '../../base/errors.ts'
import type { Attrs } from '../../ir/node.ts'

/** The attribute as a number; attributes are checked when a node is built. */
export function num(attrs: Attrs, key: string): number {
  const value = attrs[key]
  invariant(typeof value === 'number', `attribute ${key} must be a number`)
  return value
}

/** The attribute as a list of numbers. */
export function nums(attrs: Attrs, key: string): readonly number[] {
  const value = attrs[key]
  invariant(Array.isArray(value), `attribute ${key} must be a list of numbers`)
  return value as readonly number[]
}

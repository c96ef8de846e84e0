/** @file All recipes by the names that the command line knows. */
import { pictures } from './pictures.ts'
import type { Recipe } from './recipe.ts'
import { smallCifar10 } from './small-cifar10.ts'

export type { Recipe } from './recipe.ts'

/** One line each; a recipe has a file of its own. */
export const recipes = { pictures, 'small-cifar10': smallCifar10 } as const satisfies Record<string, Recipe>

export type RecipeName = keyof typeof recipes

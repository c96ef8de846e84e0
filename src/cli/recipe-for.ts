/** @file The recipe that a command line asks for: one by name, or a plain one for a network of the zoo. */
import { type ZooName, zoo } from '../models/index.ts'
import { optimizers } from '../nn/optimizers/index.ts'
import { type Recipe, type RecipeName, recipes } from '../recipes/index.ts'
import { standardTraining } from './run.ts'

export const RECIPE_NAMES = Object.keys(recipes) as RecipeName[]

/** A recipe and what to call its network. */
interface NamedRecipe {
  readonly title: string
  readonly recipe: Recipe
}

/** @param data the name of the data set */
export function recipeFor(network: ZooName | undefined, recipe: RecipeName | undefined, data: string): NamedRecipe {
  if (recipe) return { title: recipe, recipe: recipes[recipe] }
  const title = network ?? 'separable'
  return { title, recipe: plainRecipe(title, data) }
}

/** They learn from pixels as they are, as in the tutorial; without batch normalisation, smaller numbers only slow them. */
const TUTORIAL_NETWORKS: readonly ZooName[] = ['conv', 'separable']

/** Adam with its defaults, and nothing else that one might have to know about. */
function plainRecipe(network: ZooName, data: string): Recipe {
  const rescale = !TUTORIAL_NETWORKS.includes(network)
  return {
    title: 'none: Adam with a constant learning rate',
    ...standardTraining(data),
    learningRate: 0.001,
    network: (pictures) => zoo[network]({ ...pictures, rescale }),
    optimizer: (learningRate) => optimizers.adam({ learningRate }),
  }
}

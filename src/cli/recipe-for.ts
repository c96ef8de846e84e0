/** @file The recipe that a command line asks for: one by name, or a plain one for a network of the zoo. */
import { type ZooName, zoo } from '../models/index.ts'
import { optimizers } from '../nn/optimizers/index.ts'
import { type Recipe, type RecipeName, recipes } from '../recipes/index.ts'
import { isDatasetName } from './pictures.ts'
import { standardTraining } from './run.ts'

export const RECIPE_NAMES = Object.keys(recipes) as RecipeName[]

/** A recipe and what to call its network. */
interface NamedRecipe {
  readonly title: string
  readonly recipe: Recipe
}

/** @param data the name of a data set, or a folder */
export function recipeFor(network: ZooName | undefined, recipe: RecipeName | undefined, data: string): NamedRecipe {
  if (recipe) return { title: recipe, recipe: recipes[recipe] }
  if (!isDatasetName(data)) {
    const { title, ...others } = recipes.pictures
    return network
      ? {
          title: network,
          recipe: { ...others, title: `${network} instead of the network of "pictures"`, network: ofZoo(network) },
        }
      : { title: 'pictures', recipe: recipes.pictures }
  }
  const title = network ?? 'separable'
  return { title, recipe: plainRecipe(title, data) }
}

/** They learn from pixels as they are, as in the tutorial; without batch normalisation, smaller numbers only slow them. */
const TUTORIAL_NETWORKS: readonly ZooName[] = ['conv', 'separable']

function ofZoo(network: ZooName): Recipe['network'] {
  const rescale = !TUTORIAL_NETWORKS.includes(network)
  return (pictures) => zoo[network]({ ...pictures, rescale })
}

/** Adam with its defaults, and nothing else that one might have to know about. */
function plainRecipe(network: ZooName, data: string): Recipe {
  return {
    title: 'none: Adam with a constant learning rate',
    ...standardTraining(data),
    learningRate: 0.001,
    network: ofZoo(network),
    optimizer: (learningRate) => optimizers.adam({ learningRate }),
  }
}

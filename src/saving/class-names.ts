/**
 * @file What the outputs of a classifier mean, in files of every kind that has room for it, under one name. Not Keras's, nor
 * anyone's: other readers pass over it, and what is no list of texts counts as absent.
 */

/** The key in metadata.json of .keras files (a list), in attributes of HDF5 and in the metadata of others (the list as JSON). */
export const CLASS_NAMES = 'class_names'

/** The list, or undefined when this is none. */
export function namesIn(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((name) => typeof name === 'string') ? value : undefined
}

/** The list in a text of JSON, or undefined when there is none. */
export function namesInText(text: unknown): readonly string[] | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return namesIn(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The entry for files that hold texts by their names; none when the classes have no names. */
export function namesAsText(names: readonly string[] | undefined): [key: string, text: string][] {
  return names ? [[CLASS_NAMES, JSON.stringify(names)]] : []
}

/** @file Finds cycles in a directed graph given as lists of neighbours. */

/**
 * One cycle for each edge that closes one in a depth-first walk, so an acyclic graph gives none and every cyclic one some.
 * @param {Map<string, string[]>} graph
 * @returns {string[][]} paths whose last element repeats the first
 */
export function findCycles(graph) {
  /** @type {string[][]} */
  const cycles = []
  const done = new Set()
  /** @param {string} node @param {string[]} path */
  const walk = (node, path) => {
    const start = path.indexOf(node)
    if (start >= 0) cycles.push([...path.slice(start), node])
    if (start >= 0 || done.has(node)) return
    for (const next of graph.get(node) ?? []) walk(next, [...path, node])
    done.add(node)
  }
  for (const node of graph.keys()) walk(node, [])
  return cycles
}

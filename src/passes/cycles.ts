/** @file What cannot be put in order. */

/**
 * The ends of edges that lie in a circle, or on a path between two circles; none where everything can be put in order.
 * @param edges from what comes first to what waits for it
 */
export function inCircles<T>(edges: readonly (readonly [T, T])[]): Set<T> {
  const behind = waitingForEver(edges)
  const before = waitingForEver(edges.map(([from, to]): [T, T] => [to, from]))
  return new Set([...behind].filter((each) => before.has(each)))
}

/** What lies in a circle or behind one: it is left when all that waits for nothing is taken away, again and again. */
function waitingForEver<T>(edges: readonly (readonly [T, T])[]): Set<T> {
  const waiting = new Map<T, number>()
  const next = new Map<T, T[]>()
  for (const [from, to] of edges) {
    waiting.set(from, waiting.get(from) ?? 0)
    waiting.set(to, (waiting.get(to) ?? 0) + 1)
    const known = next.get(from)
    if (known) known.push(to)
    else next.set(from, [to])
  }
  const free = [...waiting.keys()].filter((each) => waiting.get(each) === 0)
  for (let each = free.pop(); each !== undefined; each = free.pop()) {
    waiting.delete(each)
    for (const to of next.get(each) ?? []) {
      const left = (waiting.get(to) as number) - 1
      waiting.set(to, left)
      if (left === 0) free.push(to)
    }
  }
  return new Set(waiting.keys())
}

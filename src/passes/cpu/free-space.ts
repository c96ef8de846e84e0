/**
 * @file Where memory is free for as long as a value is needed: always the lowest offset. Two ways to look for it, which find the
 * same: one for many values at few times, one for values at many times.
 */

/** Bytes that are needed from one time to another, both included. */
export interface Need {
  readonly from: number
  readonly to: number
  readonly bytes: number
}

export interface FreeSpace {
  /** Takes the lowest offset at which the bytes are free all the time, and returns it. */
  take(need: Need): number
}

/** For few times: what is taken at each of them, as spans. Values that lie side by side make one span. */
export class SpaceByTime implements FreeSpace {
  readonly #taken: { from: number; to: number }[][] = []

  take({ from, to, bytes }: Need): number {
    while (this.#taken.length <= to) this.#taken.push([])
    const times = this.#taken.slice(from, to + 1)
    let offset = 0
    for (let moved = true; moved; ) {
      moved = false
      for (const spans of times) {
        const free = lowestFree(spans, offset, bytes)
        moved ||= free > offset
        offset = free
      }
    }
    for (const spans of times) add(spans, offset, offset + bytes)
    return offset
  }
}

function lowestFree(spans: readonly { from: number; to: number }[], least: number, bytes: number): number {
  let offset = least
  for (const { from, to } of spans) {
    if (from >= offset + bytes) break
    offset = Math.max(offset, to)
  }
  return offset
}

/** Adds a span where nothing is, joined to those that it touches. */
function add(spans: { from: number; to: number }[], from: number, to: number): void {
  let at = spans.findIndex((span) => span.to >= from)
  if (at < 0) at = spans.length
  const before = spans[at]?.to === from ? spans[at] : undefined
  const after = spans[before ? at + 1 : at]
  const joins = after?.from === to
  const span = { from: before?.from ?? from, to: joins ? after.to : to }
  spans.splice(at, Number(before !== undefined) + Number(joins), span)
}

/** For many times: all that was taken, by offset. */
export class SpaceByValue implements FreeSpace {
  readonly #taken: (Need & { readonly offset: number })[] = []

  take(need: Need): number {
    const { from, to, bytes } = need
    let offset = 0
    for (const other of this.#taken) {
      if (other.offset >= offset + bytes) break
      if (other.from <= to && from <= other.to) offset = Math.max(offset, other.offset + other.bytes)
    }
    this.#taken.splice(this.#firstBehind(offset), 0, { from, to, bytes, offset })
    return offset
  }

  #firstBehind(offset: number): number {
    let [low, high] = [0, this.#taken.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#taken[middle].offset <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

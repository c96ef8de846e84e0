/** @file Waiting that hears an AbortSignal at any moment. */

export type Signal = AbortSignal | null | undefined

/** Rejects with the signal's reason as soon as it aborts; what was waited for goes on by itself. */
export function untilAborted<T>(work: PromiseLike<T>, signal: Signal): Promise<T> {
  if (!signal) return Promise.resolve(work)
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}

/** Waits for the end of work; once the signal has aborted, so many milliseconds longer. */
export async function untilAbortedAndLate(work: PromiseLike<unknown>, signal: Signal, ms: number): Promise<void> {
  if (!signal) {
    await work
    return
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  let abort = () => {}
  const late = new Promise<void>((resolve) => {
    abort = () => {
      timer = setTimeout(resolve, ms)
    }
  })
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort)
  try {
    await Promise.race([work, late])
  } finally {
    signal.removeEventListener('abort', abort)
    clearTimeout(timer)
  }
}

/**
 * What comes of an iterable until the signal aborts, also while the next item is waited for. The iterable is closed whenever
 * it is left before its end.
 */
export async function* itemsUntilAborted<T>(items: Iterable<T> | AsyncIterable<T>, signal: Signal): AsyncGenerator<T> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let finished = false
  try {
    while (!signal?.aborted) {
      const next = iterator.next()
      const { done, value } = await (signal ? untilAborted(Promise.resolve(next), signal) : next)
      finished = done === true
      if (finished) return
      yield value
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error
  } finally {
    if (!finished) await close(iterator, signal)
  }
}

/** A generator that waits closes only when it goes on: nobody waits for that once the signal has aborted. */
async function close(iterator: Iterator<unknown> | AsyncIterator<unknown>, signal: Signal): Promise<void> {
  const closed = Promise.resolve(iterator.return?.())
  if (signal?.aborted) closed.catch(() => {})
  else await closed
}

/** @file Keeping an engine busy without ever blocking the event loop. */
import { breathe } from '../base/breath.ts'

/**
 * Runs a job for each item, in order, at most `ahead()` at a time, and yields their results in order. When the consumer
 * stops early or a job fails, jobs that have begun are still waited for, so that nothing runs on behind its back.
 */
export async function* pipelined<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  ahead: () => number,
  job: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = []
  try {
    for await (const item of items) {
      const result = job(item)
      result.catch(() => {}) // reported when its turn comes
      running.push(result)
      while (running.length >= ahead()) {
        yield await (running.shift() as Promise<Result>)
        await breathe()
      }
    }
    while (running.length > 0) yield await (running.shift() as Promise<Result>)
  } finally {
    await Promise.allSettled(running)
  }
}

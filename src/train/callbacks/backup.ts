/** @file A callback that writes a run down while it goes on, and takes it up again after an interruption. */
import { SeparableError } from '../../base/errors.ts'
import { getPlatform } from '../../base/platform.ts'
import { type Args, bool, number, resolve, text } from '../../nn/schema.ts'
import { currentScreen } from '../environment.ts'
import type { Callback, RunAtRest } from './callback.ts'
import { saveFreq } from './checkpoints.ts'

export const backupSchema = {
  backupDir: text('a folder for the backup of one run'),
  saveFreq,
  everySeconds: number('seconds after the last backup when there is one within an epoch, too', { above: 0 }).orNull(),
  doubleCheckpoint: bool('whether the backup before the last one is kept, for when the last one is damaged').default(
    false,
  ),
  deleteCheckpoint: bool('whether the backup is removed when training has ended').default(true),
}

/**
 * Writes the run down after every epoch, and within epochs after every `saveFreq` batches, so that the same call of `fit`,
 * made again after an interruption (a crash, `kill -9`, its `signal`), goes on where it was and ends as if nothing had
 * happened: with the same bits in all weights, the same history of all epochs, the same files of `csvLogger`, the same
 * decisions of all callbacks. What the program itself gives must be the same: model, `seed`, data and, in the same order,
 * callbacks.
 *
 * Defaults: saveFreq "epoch", everySeconds null, doubleCheckpoint false, deleteCheckpoint true. Unlike Keras's, it also
 * saves at the end of epochs when `saveFreq` is a number, and `fit` returns the history of the whole run.
 * Keras: https://keras.io/api/callbacks/backup_and_restore/
 * @throws SeparableError `io` when files cannot be written, `data` when the backup is damaged and no earlier one is there,
 *   `argument` when it belongs to another run, `unsupported` in a browser
 */
export function backupAndRestore(args: Args<typeof backupSchema>): Callback {
  const { backupDir, saveFreq, everySeconds, ...options } = resolve('backupAndRestore', backupSchema, args)
  const [latest, previous] = ['latest', 'previous'].map((name) => `${backupDir}/${name}.npz`)
  let batches = 0
  let savedAt = 0

  const isDue = (batch: number): boolean =>
    (typeof saveFreq === 'number' && batch % saveFreq === 0) ||
    (everySeconds !== null && performance.now() - savedAt >= 1000 * everySeconds)

  async function save(run: RunAtRest): Promise<void> {
    const platform = getPlatform()
    await platform.makeFolder(backupDir)
    if (options.doubleCheckpoint && (await isThere(latest))) await platform.rename(latest, previous)
    await platform.writeFileAtomic(latest, run.toBytes())
    savedAt = performance.now()
  }

  async function restore(run: RunAtRest): Promise<void> {
    const found: string[] = []
    for (const path of [latest, previous]) if (await isThere(path)) found.push(path)
    for (const path of found) {
      try {
        return await run.restore(await getPlatform().readFile(path), path)
      } catch (error) {
        const isLast = path === found.at(-1)
        if (isLast || !(error instanceof SeparableError) || error.code !== 'data') throw error
        currentScreen().warn(`${error.message}; the backup before it is used`)
      }
    }
  }

  async function removeAfter(reason: string): Promise<void> {
    if (reason === 'aborted' || !options.deleteCheckpoint) return
    for (const path of [latest, previous]) await getPlatform().remove(path)
  }

  return {
    onTrainBegin() {
      batches = 0
      savedAt = performance.now()
    },
    onEvent(event) {
      if (event.type === 'stepEnd') batches += 1
    },
    wantsRest: () => isDue(batches + 1),
    async onRest(run, event) {
      if (event.type === 'trainBegin') await restore(run)
      else if (event.type === 'trainEnd') await removeAfter(event.reason)
      else if (event.type !== 'stepEnd' || isDue(batches)) await save(run)
    },
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await getPlatform().fileSize(path)) !== undefined
}

/** @file What `fit` reports: one stream of plain events. Progress bar, history and callbacks only consume it. */

/** Numbers by name: `acc`, `loss`, then `val_acc`, `val_loss`. */
export type Logs = { readonly [name: string]: number }

export type TrainEvent =
  /** `steps` of an epoch; null where nobody knows before the first one ends. */
  | { readonly type: 'trainBegin'; readonly epochs: number; readonly steps: number | null }
  /** Epochs count from 0. */
  | { readonly type: 'epochBegin'; readonly epoch: number }
  /** `step` steps of this epoch are done; `logs` are means over them, `count` is the size of the last batch. */
  | {
      readonly type: 'stepEnd'
      readonly epoch: number
      readonly step: number
      readonly count: number
      readonly logs: Logs
    }
  /** The loss of step number `step`, counting from 1, is not finite: training fails unless it is stopped. */
  | { readonly type: 'badLoss'; readonly epoch: number; readonly step: number; readonly logs: Logs }
  /** The validation of an epoch begins, or is over. */
  | { readonly type: 'testBegin' }
  | { readonly type: 'testEnd'; readonly logs: Logs }
  /** Training and validation of the epoch are over. */
  | { readonly type: 'epochEnd'; readonly epoch: number; readonly logs: Logs }
  /** `stopped`: by `stopTraining`; `aborted`: by the signal, where a begun epoch has no `epochEnd`. */
  | { readonly type: 'trainEnd'; readonly reason: 'done' | 'stopped' | 'aborted'; readonly logs: Logs }

/** Everything `fit` logged, epoch by epoch. */
export class History {
  /** `history.val_acc[3]` is the value after the fourth epoch. */
  readonly history: { [name: string]: number[] } = {}
  /** The epochs that ran, counting from 0. */
  readonly epoch: number[] = []
  readonly params: { readonly verbose: number; readonly epochs: number; readonly steps: number | null }

  constructor(params: History['params']) {
    this.params = params
  }

  on(event: TrainEvent): void {
    if (event.type !== 'epochEnd') return
    this.epoch.push(event.epoch)
    for (const [name, value] of Object.entries(event.logs)) {
      this.history[name] ??= []
      this.history[name].push(value)
    }
  }
}

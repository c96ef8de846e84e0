/** @file What `fit` reports: one stream of plain events. Progress bar, history and callbacks only consume it. */

/** Numbers by name: `acc`, `loss`, then `val_acc`, `val_loss`. */
export type Logs = { readonly [name: string]: number }

export type TrainEvent =
  /** `steps` of an epoch; null where nobody knows before the first one ends. */
  | { readonly type: 'trainBegin'; readonly epochs: number; readonly steps: number | null }
  /** Epochs count from 0. `resumed`: the epoch had begun before the run was interrupted. */
  | { readonly type: 'epochBegin'; readonly epoch: number; readonly resumed?: boolean }
  /**
   * `step` steps of this epoch are done; `logs` are means over them, `count` is the size of the last batch. `resting`: no
   * other step has begun.
   */
  | {
      readonly type: 'stepEnd'
      readonly epoch: number
      readonly step: number
      readonly count: number
      readonly logs: Logs
      readonly resting?: boolean
    }
  /** The loss of step number `step`, counting from 1, is not finite: training fails unless it is stopped. */
  | { readonly type: 'badLoss'; readonly epoch: number; readonly step: number; readonly logs: Logs }
  /** The validation of an epoch begins, or is over. */
  | { readonly type: 'testBegin' }
  | { readonly type: 'testEnd'; readonly logs: Logs }
  /** Training and validation of the epoch are over. */
  | { readonly type: 'epochEnd'; readonly epoch: number; readonly logs: Logs }
  /** The signal has ended the run; everything is still as the last step or epoch left it. */
  | { readonly type: 'aborted' }
  /** `stopped`: by `stopTraining`; `aborted`: by the signal, where a begun epoch has no `epochEnd`. */
  | { readonly type: 'trainEnd'; readonly reason: 'done' | 'stopped' | 'aborted'; readonly logs: Logs }

/** Whether nothing runs, between two steps or epochs, while this event is consumed. */
export function isAtRest(event: TrainEvent): boolean {
  if (event.type === 'stepEnd') return event.resting === true
  return ['trainBegin', 'epochEnd', 'aborted', 'trainEnd'].includes(event.type)
}

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

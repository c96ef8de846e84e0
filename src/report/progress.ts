/**
 * @file The progress of one epoch as text, in Keras 3's format (its `progbar.py`): a line that is redrawn in place on a
 * terminal, or one plain line at the epoch's end. Pure: the caller keeps the clock and writes the text.
 */

/** Where an epoch stands. */
export interface Progress {
  /** Steps done. */
  readonly step: number
  /** Steps of the whole epoch, `null` when nobody knows. */
  readonly steps: number | null
  /** Seconds since the epoch began. */
  readonly elapsed: number
  /** Seconds one step takes, see `secondsPerStep`. */
  readonly perStep: number
  /** Values to show, in this order. */
  readonly metrics: Readonly<Record<string, number>>
  /** The epoch is over, validation included: shows the time it took instead of the time left. Default false. */
  readonly done?: boolean
}

/** `columns` is the width of the terminal, default 80; `color` allows ANSI colours, default false. */
export interface ProgressOptions {
  readonly columns?: number
  readonly color?: boolean
}

const BAR_CELLS = 20
const LEAST_BAR_CELLS = 5

/** `Epoch 1/10`; epochs count from 1. */
export function epochHeader(epoch: number, epochs: number): string {
  return `Epoch ${epoch}/${epochs}`
}

/**
 * The mean duration of a step in seconds. The first step compiles and warms up, so it only counts while it is alone.
 * @param step steps done
 * @param elapsed seconds they took together
 * @param firstStep seconds of the first one
 */
export function secondsPerStep(step: number, elapsed: number, firstStep: number): number {
  if (step === 0) return 0
  return step === 1 ? elapsed : (elapsed - firstStep) / (step - 1)
}

/**
 * `120/391 ━━━━━━━━━━━━━━━━━━━━ 12s 3ms/step - acc: 0.1234 - loss: 1.2345`, never wider than the terminal: first the bar
 * shrinks, then the punctuation of the metrics goes, then the bar, then the last metrics.
 */
export function progressLine(progress: Progress, options: ProgressOptions = {}): string {
  const room = (options.columns ?? 80) - 1 // a character in the last column wraps on some terminals
  const fields = [count(progress), timeField(progress), `${duration(progress.perStep)}/step`]
  for (const metrics of [metricFields(progress), compactMetricFields(progress)]) {
    const cells = room - [...fields, ...metrics].join(' ').length - 1
    if (cells >= LEAST_BAR_CELLS) return join(progress, fields, metrics, Math.min(cells, BAR_CELLS), options)
  }
  const kept = fitting([...fields, ...compactMetricFields(progress)], room)
  return join(progress, kept.slice(0, 3), kept.slice(3), 0, options)
}

/** `391/391 - 12s - 3ms/step - acc: 0.1234 - loss: 1.2345`: an epoch's one line where there is no terminal. */
export function epochLine(progress: Progress): string {
  const times = [`${progress.elapsed.toFixed(0)}s`, `${duration(progress.perStep)}/step`]
  return [[count(progress), ...times].join(' - '), ...metricFields(progress)].join(' ')
}

function join(
  progress: Progress,
  [steps = '', time = '', ...rest]: readonly string[],
  metrics: readonly string[],
  cells: number,
  { color = false }: ProgressOptions,
): string {
  const bar =
    cells > 0 && progress.steps ? drawBar(Math.floor((cells * progress.step) / progress.steps), cells, color) : ''
  return [paint(BOLD, steps, color), bar, paint(BOLD, time, color), ...rest, ...metrics].filter(Boolean).join(' ')
}

const [BOLD, GREEN, WHITE] = [1, 32, 37]

function paint(code: number | undefined, text: string, color: boolean): string {
  return color && text ? `\u001b[${code}m${text}\u001b[0m` : text
}

/** Keras tells done from missing by colour alone; without colour the missing part is drawn thin. */
function drawBar(done: number, cells: number, color: boolean): string {
  const filled = Math.min(done, cells)
  const missing = (color ? '━' : '─').repeat(cells - filled)
  return paint(GREEN, '━'.repeat(filled), color) + paint(WHITE, missing, color)
}

/** As many leading fields as fit, the first one always. */
function fitting(fields: readonly string[], room: number): readonly string[] {
  let kept = fields.length
  while (kept > 1 && fields.slice(0, kept).join(' ').length > room) kept -= 1
  return fields.slice(0, kept)
}

function count({ step, steps }: Progress): string {
  return steps === null
    ? `${String(step).padStart(7)}/Unknown`
    : `${String(step).padStart(String(steps).length)}/${steps}`
}

/** The time left (`12s`, `1:05`, `1:01:05`) while running, then the time taken. */
function timeField({ step, steps, elapsed, perStep, done }: Progress): string {
  if (done || steps === null) return `${elapsed.toFixed(0)}s`
  const left = perStep * (steps - step)
  const [hours, minutes, seconds] = [left / 3600, (left / 60) % 60, left % 60].map(Math.floor)
  if (left > 3600) return `${hours}:${twoDigits(minutes)}:${twoDigits(seconds)}`
  return left > 60 ? `${minutes}:${twoDigits(seconds)}` : `${seconds}s`
}

function twoDigits(value = 0): string {
  return String(value).padStart(2, '0')
}

/** `3s`, `27ms` or `840us`. */
function duration(seconds: number): string {
  if (seconds >= 1 || seconds === 0) return `${seconds.toFixed(0)}s`
  return seconds >= 1e-3 ? `${(1e3 * seconds).toFixed(0)}ms` : `${(1e6 * seconds).toFixed(0)}us`
}

function metricFields({ metrics }: Progress): string[] {
  return Object.entries(metrics).map(([name, value]) => `- ${name}: ${metricValue(value)}`)
}

function compactMetricFields({ metrics }: Progress): string[] {
  return Object.entries(metrics).map(([name, value]) => `${name} ${metricValue(value)}`)
}

/** Four decimals, in exponent form at or below 0.001, as Python writes them. */
function metricValue(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Math.abs(value) > 1e-3) return value.toFixed(4)
  return value.toExponential(4).replace(/e([+-])(\d)$/, 'e$10$2')
}

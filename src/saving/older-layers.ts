/** @file Layers that Keras 2 has under another name or with other arguments, as layers of today that compute the same. */
import { isObject, type JsonObject, type JsonValue } from '../formats/json.ts'

type Change = (config: JsonObject) => readonly [className: string, config: JsonObject]

const batchNormalization: Change = (config) => ['BatchNormalization', config]

/** By their classes. */
const CHANGES: ReadonlyMap<JsonValue, Change> = new Map<JsonValue, Change>([
  ['BatchNormalizationV1', batchNormalization],
  ['BatchNormalizationV2', batchNormalization],
  // Over several machines; on one it is the same.
  ['SyncBatchNormalization', batchNormalization],
  ['ThresholdedReLU', ({ theta, ...config }) => ['ReLU', { ...config, threshold: theta ?? 1 }]],
  ['Rescaling', rescaling],
])

/** @param entry class and config of a layer */
export function ofToday(entry: JsonObject): JsonObject {
  const { class_name: className, config } = entry
  const change = CHANGES.get(className)
  if (!change || !isObject(config)) return entry
  const [today, changed] = change(config)
  return { ...entry, class_name: today, config: changed }
}

/** With a factor for each channel, as EfficientNet has it, x scale + offset is (x - mean) / sqrt(variance). */
function rescaling({ scale, offset = 0, ...config }: JsonObject): readonly [string, JsonObject] {
  const [scales, offsets] = [scale, offset].map((value) => (Array.isArray(value) ? value : [value]))
  const count = Math.max(scales.length, offsets.length)
  const channels = Array.from({ length: count }, (_, i) => ({
    scale: scales[scales.length === 1 ? 0 : i],
    offset: offsets[offsets.length === 1 ? 0 : i],
  }))
  const fits = channels.every(
    ({ scale, offset }) => typeof scale === 'number' && scale > 0 && typeof offset === 'number',
  )
  if (count === 1 || !fits) return ['Rescaling', { ...config, scale: scale ?? null, offset }]
  const mean = channels.map(({ scale, offset }) => -Number(offset) / Number(scale))
  return ['Normalization', { ...config, mean, variance: channels.map(({ scale }) => 1 / Number(scale) ** 2) }]
}

/** @file How numbers are written in summaries, tables and reports. Every function gives `–` for a value that is not finite. */

/** Stands where there is no value. */
export const MISSING = '–'

/** `1,186,378` */
export function thousands(value: number): string {
  return finite(value, () => value.toLocaleString('en-US', { maximumFractionDigits: 0 }))
}

/** `12.34`, with thousands commas. */
export function decimals(value: number, digits: number): string {
  return finite(value, () =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  )
}

/** Three significant digits and a prefix: `153 M`, `1.79 k`, `283`. */
export function short(value: number): string {
  return finite(value, () => {
    const prefix = PREFIXES.find(([size]) => Math.abs(value) >= size)
    return prefix ? `${significant(value / prefix[0])} ${prefix[1]}` : significant(value)
  })
}

const PREFIXES: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
]

/** Three significant digits, no exponent: `153`, `15.3`, `1.53`. */
export function significant(value: number): string {
  return finite(value, () => value.toLocaleString('en-US', { maximumSignificantDigits: 3 }))
}

/** A share of 1 as `75.8 %`. */
export function percent(share: number, digits = 1): string {
  return finite(share, () => `${decimals(100 * share, digits)} %`)
}

/** Bytes as Keras writes them: `0.00 B`, `682.89 KB`, `4.53 MB`; a unit is 1024 of the one before. */
export function memorySize(bytes: number): string {
  return finite(bytes, () => {
    const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1)
    return `${(bytes / 1024 ** power).toFixed(2)} ${UNITS[power]}`
  })
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']

function finite(value: number, write: () => string): string {
  return Number.isFinite(value) ? write() : MISSING
}

/** @file The one way from colour to grey. */

/**
 * The brightness of a pixel of bytes as a byte: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) in whole numbers, as Pillow's
 * `convert("L")` and with it Keras's `color_mode="grayscale"` compute it. It uses nothing from outside itself: its text
 * goes into exported modules, too.
 */
export function luma(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16
}

/** @file What a model wants to see: pictures of its size and colours, in its range. */
import { received, SeparableError } from '../base/errors.ts'
import type { ImageOptions } from '../data/index.ts'
import { NdArray } from '../tensor/ndarray.ts'
import type { Model } from '../train/model.ts'

/**
 * The size and colours of the pictures that a model takes.
 * @param path of the model, for messages
 * @throws SeparableError (`unsupported`) when it takes something other than one picture
 */
export function pictureInput(net: Model, path: string): Required<ImageOptions> {
  const [, height, width, channels] = net.inputs[0].shape
  if (net.inputs.length === 1 && net.inputs[0].shape.length === 4 && (channels === 1 || channels === 3))
    return { imageSize: [height as number, width as number], colorMode: channels === 3 ? 'rgb' : 'grayscale' }
  const shapes = net.inputs.map(({ shape }) => shape)
  throw new SeparableError(
    'unsupported',
    `${path} takes no pictures [N,H,W,1 or 3], ${received(shapes.length === 1 ? shapes[0] : shapes)}`,
  )
}

/**
 * The number of classes that a model tells apart.
 * @throws SeparableError (`unsupported`) when its output is not one list of numbers for each picture
 */
export function classCount(net: Model, path: string): number {
  const [output, ...others] = net.outputs
  const [, classes, ...rest] = output.shape
  if (others.length === 0 && rest.length === 0 && Number(classes) > 1) return Number(classes)
  throw new SeparableError(
    'unsupported',
    `${path} is no classifier with one output [N,classes], ${received(output.shape)}`,
  )
}

/** Pixels as the model wants them. Bytes stay bytes when nothing is to be done. */
export function divided(x: NdArray, by: number): NdArray {
  return by === 1
    ? x
    : new NdArray(
        Float32Array.from(x.data, (value) => value / by),
        x.shape,
      )
}

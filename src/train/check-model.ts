/** @file What functions that take a model look at first. */
import { received, SeparableError } from '../base/errors.ts'
import { Network } from '../nn/network.ts'

/** @throws SeparableError (`argument`) unless it is a model */
export function checkModel(owner: string, model: unknown): void {
  if (!(model instanceof Network))
    throw new SeparableError(
      'argument',
      `${owner}: the model must be what model() or sequential() returned, ${received(model)}`,
    )
}

/**
 * @file The public API. Importing runs nothing. Applications import the entry for their platform (node.ts or web.ts), which
 * adds an engine to what is here.
 */
export type { Engine, KernelTime } from './backends/engine.ts'
export { type ErrorCode, SeparableError } from './base/errors.ts'
export { type Initializer, initializers } from './nn/initializers.ts'
export { Layer, type LayerArgs, SymbolicTensor } from './nn/layer.ts'
export { layerFromConfig, layers } from './nn/layers/index.ts'
export { input } from './nn/layers/input.ts'
export { type Criterion, losses, metrics } from './nn/losses.ts'
export { resetNames } from './nn/names.ts'
export { type Optimizer, optimizers } from './nn/optimizers.ts'
export { setRandomSeed } from './nn/random-state.ts'
export { Tensor } from './nn/trace.ts'
export { type DType, NdArray, type Shape } from './tensor/ndarray.ts'
export { type Callback, callbacks, type TrainedModel } from './train/callbacks.ts'
export type { CompileArgs } from './train/compile.ts'
export { configure, type EngineFactory, type Screen, setEngineFactory, setScreen } from './train/environment.ts'
export { History, type Logs, type TrainEvent } from './train/events.ts'
export { type ModelArgs, model } from './train/functional.ts'
export type { MemoryKind, MemoryUse } from './train/memory.ts'
export type { EvaluateArgs, FitArgs, MemoryArgs, Model, PredictArgs } from './train/model.ts'
export { sequential } from './train/sequential.ts'

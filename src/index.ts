/**
 * @file The public API. Importing runs nothing. Applications import the entry for their platform (node.ts or web.ts), which
 * adds an engine to what is here.
 */
export type { Engine, KernelTime } from './backends/engine.ts'
export { type ErrorCode, SeparableError } from './base/errors.ts'
export type { NamedArrays } from './formats/arrays.ts'
export { readNpy, readNpz, writeNpy, writeNpz } from './formats/npy.ts'
export { readSafetensors, type Safetensors, writeSafetensors } from './formats/safetensors.ts'
export { type Constraint, constraints } from './nn/constraints.ts'
export { type Initializer, initializers } from './nn/initializers.ts'
export { Layer, type LayerArgs, SymbolicTensor } from './nn/layer.ts'
export { layerFromConfig, layers } from './nn/layers/index.ts'
export { input } from './nn/layers/input.ts'
export { type Loss, losses } from './nn/losses/index.ts'
export { confusionMatrix } from './nn/metrics/confusion-matrix.ts'
export { type Metric, metrics } from './nn/metrics/index.ts'
export { resetNames } from './nn/names.ts'
export { type Optimizer, optimizers, type Schedule, schedules } from './nn/optimizers/index.ts'
export { setRandomSeed } from './nn/random-state.ts'
export { type Regularizer, regularizers } from './nn/regularizers.ts'
export { Tensor } from './nn/trace.ts'
export type { FileSource } from './saving/open.ts'
export type { FileFormat } from './saving/write.ts'
export { type DType, NdArray, type NestedArray, type Shape } from './tensor/ndarray.ts'
export { sharedBytes } from './tensor/shared.ts'
export {
  type Callback,
  type CallbackState,
  callbacks,
  type RunAtRest,
  type TrainedModel,
} from './train/callbacks/index.ts'
export type { CompileArgs } from './train/compile.ts'
export { configure, type EngineFactory, type Screen, setEngineFactory, setScreen } from './train/environment.ts'
export { History, type Logs, type TrainEvent } from './train/events.ts'
export { type ModelArgs, model } from './train/functional.ts'
export { type LoadOptions, loadModel, modelFromJSON } from './train/load.ts'
export type { MemoryKind, MemoryUse } from './train/memory.ts'
export type { EvaluateArgs, FitArgs, MemoryArgs, Model, PredictArgs } from './train/model.ts'
export { sequential } from './train/sequential.ts'
export type { Dataset, DatasetBatch } from './train/source.ts'
export { foldBatchNorm } from './transform/fold-batch-norm.ts'
export { withEntrance } from './transform/with-entrance.ts'

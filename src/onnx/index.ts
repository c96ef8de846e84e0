/** @file The entry `separable/onnx`: models from and to ONNX files. Importing it loads the protobuf library. */
export { externalFilesOf } from '../formats/onnx/read.ts'
export { type ExportOnnxArgs, exportOnnx } from './export.ts'
export { type ImportOnnxArgs, importOnnx } from './import.ts'
export { inspectOnnx } from './inspect.ts'
export { onnxLayers } from './layers.ts'

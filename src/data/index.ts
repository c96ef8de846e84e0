/** @file The public face of `separable/data`: datasets by function or by name, and the parsers behind them. */
export { cifar10, parseCifar10 } from './cifar10.ts'
export type { Dataset, DatasetFacts, DatasetOptions, Split } from './dataset.ts'
export type { DownloadProgress } from './download.ts'
export type { SkippedFile } from './folder-files.ts'
export { parseIdx } from './idx.ts'
export { type ImageOptions, loadImage } from './image.ts'
export { type ImageFolder, type ImageFolderOptions, imageFolder } from './image-folder.ts'
export { fashionMnist, mnist } from './mnist.ts'
export {
  DATASET_NAMES,
  type DatasetInfo,
  type DatasetName,
  dataRoot,
  datasetInfo,
  datasetPath,
  downloadDataset,
  loadDataset,
} from './registry.ts'
export { type ShapesOptions, shapes } from './shapes.ts'

/** @file The entry `separable/js`: models as JavaScript modules and pages that need nothing else. */
export { type ExportJsArgs, exportJs } from './export.ts'
export { htmlPage } from './page.ts'
export type { Info, JsModule } from './parts.ts'

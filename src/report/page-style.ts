/** @file The style sheet of the report page, charts included. */
import { CHART_CSS, DARK, LIGHT, type Theme } from './drawing.ts'
import { Markup } from './markup.ts'

function variables({ surface, ink, muted, grid, series }: Theme): string {
  const colors = series.map((color, i) => `--series${i}:${color}`)
  return `:root{--surface:${surface};--ink:${ink};--muted:${muted};--grid:${grid};${colors.join(';')}}`
}

const SWATCHES = LIGHT.series.map((_, i) => `.series${i}{background:var(--series${i})}`)

export const PAGE_CSS = new Markup(`
${variables(LIGHT)}
:root{--wrong:#b3261e;--raised:#f5f7f9;color-scheme:light dark}
@media (prefers-color-scheme:dark){
${variables(DARK)}
:root{--wrong:#ff8a80;--raised:#20262e}
}
body{margin:0;background:var(--surface);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1120px;margin:0 auto;padding:24px 20px 64px}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 12px}
h2{font-size:1.2rem;margin:44px 0 14px;padding-bottom:6px;border-bottom:1px solid var(--grid)}
.headline{font-size:1.1rem;max-width:46em;margin:0 0 20px;text-wrap:balance}
.notice{border-left:4px solid var(--series1);background:var(--raised);padding:8px 14px}
ul{list-style:none;margin:0;padding:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px}
.tiles li{background:var(--raised);border-radius:8px;padding:14px 16px;color:var(--muted);line-height:1.3}
.tiles strong{display:block;color:var(--ink);font-size:1.7rem;line-height:1.3}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);padding-bottom:6px}
th,td{padding:6px 22px 6px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--grid)}
th{font-weight:600}
tbody th{font-weight:400;color:var(--muted);white-space:nowrap}
td.text{overflow-wrap:anywhere}
.number{text-align:right;white-space:nowrap}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:32px 40px}
figure{margin:0}
.figures+.wide,.figures+details{margin-top:20px}
.chart{display:block;width:100%;height:auto;max-width:640px}
.samples{display:grid;grid-template-columns:repeat(auto-fill,minmax(164px,1fr));gap:18px 12px}
.samples li{display:flex;flex-direction:column;font-size:.9rem;line-height:1.45;overflow-wrap:anywhere}
.samples img{image-rendering:pixelated;border-radius:4px;background:var(--raised);margin-bottom:4px}
.note{color:var(--muted);max-width:46em}
.prediction{display:flex;align-items:baseline;gap:.35em}
.probability{white-space:nowrap}
.wrong{color:var(--wrong)}
.dot{display:inline-block;width:.6em;height:.6em;border-radius:50%;flex:none}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
details{margin:0 0 12px}
summary{cursor:pointer;padding:4px 0}
pre{overflow-x:auto;font:12px/1.25 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (max-width:600px){table{font-size:.85rem}th,td{padding-right:12px}.wide th,.wide td{white-space:normal}}
@media print{section,figure,.samples li{break-inside:avoid}}
${SWATCHES.join('\n')}
${CHART_CSS.source}`)

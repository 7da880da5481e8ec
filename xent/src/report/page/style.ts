/** The page's style sheet. Colours are defined for light and for dark; text has a contrast of at least 4.5 : 1 in both. */
export const STYLE = `
:root {
  --ground: #ffffff; --ink: #1a1f24; --muted: #57616b; --grid: #e3e7eb; --axis: #8a949e; --panel: #f4f6f8;
  --first: #1f6fb5; --second: #b4531f; --faint: #9fc0de; --band: #d3e4f3; --warning: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181d; --ink: #e4e8ec; --muted: #9aa5b1; --grid: #2a3138; --axis: #66717c; --panel: #1c2228;
    --first: #6fb3f2; --second: #f0a35e; --faint: #34587a; --band: #23384c; --warning: #ff8a80;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 752px; margin: 0 auto; padding: 24px 16px 48px }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 16px; overflow-wrap: anywhere }
h2 { font-size: 1.1rem; margin: 40px 0 8px }
.note { margin: 0 0 12px; padding: 8px 12px; border-left: 4px solid var(--warning); background: var(--panel) }
.headlines + .pairs { margin-top: 32px }
.headlines { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0 }
.headlines div { background: var(--panel); border-radius: 6px; padding: 10px 12px }
dt { color: var(--muted); font-size: .85rem }
dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums }
dd small { display: block; color: var(--muted); font-size: .8rem }
figure { margin: 0 }
figcaption, .explanation { color: var(--muted); font-size: .9rem; margin: 4px 0 0 }
.legend { display: flex; flex-wrap: wrap; gap: 0 16px; list-style: none; margin: 0 0 4px; padding: 0; font-size: .85rem }
.legend svg { vertical-align: -1px; margin-right: 6px }
.chart { width: 100%; height: auto; display: block }
.narrow { display: none }
@media (max-width: 600px) { .wide { display: none } .narrow { display: block } }
.labels { font-size: 12px; fill: var(--muted); font-variant-numeric: tabular-nums }
path { fill: none; stroke-linecap: round; stroke-linejoin: round }
.grid path { stroke: var(--grid) }
.axis { stroke: var(--axis) }
.line { stroke-width: 2 }
.first { stroke: var(--first) }
.second { stroke: var(--second) }
.muted { stroke: var(--axis) }
.dashed { stroke-width: 1.5; stroke-dasharray: 5 4; stroke-linecap: butt }
.band { fill: var(--band) }
.bars { fill: var(--first) }
.strokes { stroke: var(--faint); stroke-width: 1.5; stroke-linecap: butt }
.dots { stroke: var(--faint); stroke-width: 4 }
.legend .dots { stroke-dasharray: 0 7 }
.large { stroke: var(--first); stroke-width: 8 }
.error { stroke: var(--first) }
.warning { stroke: var(--warning); stroke-width: 2 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: 0 0 6px }
th, td { padding: 4px 12px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid) }
th { font-weight: 500; color: var(--muted) }
.pairs { width: 100% }
.pairs th { width: 17em; max-width: 45vw }
.pairs td { overflow-wrap: anywhere }
.figures td, .figures thead th { white-space: nowrap }
/* a long token does not push its context out of view */
.figures td:has(> .token) { white-space: normal; min-width: 7em }
.figures .context { white-space: pre-wrap; min-width: 13em; overflow-wrap: anywhere }
.token { font: .85rem/1.6 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--panel); border-radius: 3px; padding: 1px 3px }
mark { background: var(--band); color: inherit; border-radius: 2px; font-weight: 600 }
details { margin-top: 8px; font-size: .9rem }
summary { cursor: pointer; color: var(--muted) }
footer { margin-top: 48px }
.passage { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.9; margin: 8px 0 }
.passage span { border-radius: 2px; padding: 2px 0 }
.shades { display: flex; flex-wrap: wrap; list-style: none; margin: 8px 0; padding: 0; font-size: .8rem }
.shades li { padding: 2px 8px }
`;

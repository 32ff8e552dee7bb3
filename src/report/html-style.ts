/** The HTML report's one style sheet: light and dark by the reader's choice, readable on paper too. */

export const styleSheet = `
:root { color-scheme: light dark; --ground: #fff; --ink: #1c2430; --soft: #5b6675; --line: #d9dfe7; --panel: #f5f7fa; --mark: #1f6feb; --bad: #b42318; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12161c; --ink: #e3e8ef; --soft: #9aa6b5; --line: #2c3440; --panel: #1a2029; --mark: #5ea1ff; --bad: #ff8a7a; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 84rem; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p, figcaption, caption { color: var(--soft); margin: .25rem 0; text-align: left; }
dl.facts { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
dl.facts div { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .9rem; }
dl.facts dt { color: var(--soft); font-size: .8rem; }
dl.facts dd { margin: 0; font-size: 1.1rem; font-variant-numeric: tabular-nums; }
figure { margin: 0; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font-size: 11px; font-family: system-ui, sans-serif; }
svg .cells rect, svg .bar { fill: var(--mark); }
svg .track { fill: var(--line); }
svg.share { width: 5rem; height: .7rem; border-radius: 2px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: .85rem; }
th.text, td.text { text-align: left; }
td.wide { white-space: normal; overflow-wrap: anywhere; min-width: 14rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .85rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; max-height: 30rem; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; padding: .5rem .9rem; }
summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
a { color: var(--mark); }
.bad { color: var(--bad); }
@media print { details { break-inside: avoid; } }
`

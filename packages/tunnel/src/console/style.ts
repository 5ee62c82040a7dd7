/**
 * The page's looks, light and dark. Text only.
 *
 * @module
 */

/** A style sheet. */
export const style = `
:root {
  --ink: #1b2130; --soft: #596275; --paper: #f4f6fa; --card: #fff; --line: #d9deea; --accent: #2f5bd7; --on-accent: #fff; --bad: #b3261e;
  --in: #2f5bd7; --out: #b3541e; --trip: #1d7a4c; --warn: #8a5a00; --good: #1d7a4c
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e7eaf2; --soft: #a3adc2; --paper: #12151d; --card: #1b202c; --line: #333b4d; --accent: #8fb0ff; --on-accent: #10182c; --bad: #ffb4ab;
    --in: #8fb0ff; --out: #ffb68a; --trip: #7fdca8; --warn: #f2c46d; --good: #7fdca8
  }
}
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
header, main { max-width: 80rem; margin: 0 auto; padding: 0 1.25rem }
header { padding-top: 1.5rem; padding-bottom: 1rem }
main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; padding-bottom: 3rem }
h1 { font-size: clamp(1.4rem, 4vw, 2rem); line-height: 1.2; margin: 0 0 .6rem }
h2 { font-size: 1.1rem; margin: 0 0 .5rem }
h3 { font-size: .95rem; margin: .8rem 0 .3rem }
p { margin: 0 0 .6rem }
section { background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: 1rem 1.1rem; min-width: 0 }
.wide { grid-column: 1 / -1 }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center }
.soft { color: var(--soft) }
.bad { color: var(--bad); font-weight: 600 }
.bad:empty { display: none }
.skip { position: absolute; left: -99rem }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .3rem .6rem; z-index: 1 }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.pill { border: 1px solid currentcolor; border-radius: 1rem; padding: 0 .7rem; font-weight: 600; color: var(--warn) }
.pill[data-state=up] { color: var(--good) }
.pill[data-state=down] { color: var(--bad) }
label { color: var(--soft); font-size: .9rem }
form label { display: block; margin-top: .4rem }
form.row label { margin: 0 }
input, textarea, select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: .45rem; padding: .35rem .6rem; max-width: 100% }
input:not([type=file]) { flex: 1; min-width: 8rem }
textarea, #service { width: 100% }
input[type=file] { border: 0; padding: .2rem 0; background: none }
button { font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: .45rem; padding: .4rem .9rem; cursor: pointer }
button.small { font-size: .85rem; padding: .15rem .6rem; color: var(--accent); background: none }
button[aria-pressed=true] { color: var(--accent); background: none }
button:disabled { opacity: .55; cursor: default }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.plot { width: 100%; height: 9rem; display: block }
.plot.low { height: 5rem }
.legend span::before { content: ''; display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; margin-right: .3rem; vertical-align: -.05rem }
.legend span { margin-right: 1rem }
.legend .in::before { background: var(--in) }
.legend .out::before { background: var(--out) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-top: 1px solid var(--line) }
thead th { border-top: 0; color: var(--soft); font-weight: 400 }
tr.over { color: var(--soft) }
td progress { display: block; width: 9rem; height: .5rem; accent-color: var(--accent) }
.window { display: block; white-space: nowrap }
meter { width: 5rem; height: .8rem; vertical-align: middle; margin-right: .4rem }
small { color: var(--soft) }
.state[data-state=open] { color: var(--good) }
.state[data-state=full] { color: var(--warn); font-weight: 600 }
.state[data-state=reset] { color: var(--bad) }
.rate, td:last-child { white-space: nowrap }
.spark { display: block; width: 7rem; height: 1.4rem }
td .small:not([hidden]) + .small { margin-left: .3rem }
.log { list-style: none; margin: .6rem 0 0; padding: 0; font: .85rem/1.5 ui-monospace, monospace; max-height: 12rem; overflow: auto; overflow-wrap: anywhere; white-space: pre-wrap }
.log.tall { height: 20rem; max-height: 20rem; border-top: 1px solid var(--line) }
.log:empty { margin: 0 }
.asked { color: var(--accent); margin-top: .4rem }
pre { margin: .4rem 0; white-space: pre-wrap; overflow-wrap: anywhere; font: .85rem/1.6 ui-monospace, monospace }
@media (max-width: 50rem) {
  main { grid-template-columns: minmax(0, 1fr) }
  thead { position: absolute; clip-path: inset(50%) }
  table, tbody, tr, th, td { display: block }
  tr { border-top: 1px solid var(--line); padding: .5rem 0 }
  tbody th::before { content: 'Stream ' }
  th, td { border: 0; padding: .1rem 0 }
  td[data-label]:not([data-label=''])::before { content: attr(data-label) ': '; color: var(--soft) }
  .window { white-space: normal }
}
@media (max-width: 30rem) {
  header, main { padding-left: .75rem; padding-right: .75rem }
  section { padding: .8rem }
}
`

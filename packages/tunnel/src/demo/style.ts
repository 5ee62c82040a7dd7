/**
 * The demo page's looks, light and dark. Text only.
 *
 * @module
 */

/** A style sheet. */
export const style = `
:root { --ink: #1b2130; --soft: #596275; --paper: #f4f6fa; --card: #fff; --line: #d9deea; --accent: #2f5bd7; --on-accent: #fff; --lit: #e6edff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7eaf2; --soft: #a3adc2; --paper: #12151d; --card: #1b202c; --line: #333b4d; --accent: #8fb0ff; --on-accent: #10182c; --lit: #223056 }
}
* { box-sizing: border-box }
body { margin: 0; font: 1rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
header, main, footer { max-width: 64rem; margin: 0 auto; padding: 0 1.25rem }
header { padding-top: 2.5rem }
h1 { font-size: clamp(1.6rem, 5vw, 2.3rem); line-height: 1.2; margin: 0 0 .6rem; letter-spacing: -.01em }
h2 { font-size: 1.1rem; margin: 0 0 .4rem }
header p { max-width: 44rem; margin: 0; color: var(--soft); font-size: 1.05rem }
.way { display: flex; flex-wrap: wrap; gap: .5rem 2.2rem; list-style: none; padding: 0; margin: 1.5rem 0 }
.way li { position: relative; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .45rem .9rem; font-weight: 600 }
.way li + li::before { content: '→' / ''; position: absolute; left: -1.7rem; color: var(--soft); font-weight: 400 }
.way .lit { background: var(--lit); border-color: var(--accent) }
.way .dim { opacity: .65; border-style: dashed }
small { display: block; font-weight: 400; color: var(--soft); font-size: .85rem; overflow-wrap: anywhere }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem }
section { background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: 1.1rem 1.2rem; min-width: 0 }
section p { margin: 0 0 .6rem }
.wide { grid-column: 1 / -1 }
.soft { color: var(--soft) }
.figure { font: 600 1.7rem/1.2 ui-monospace, monospace; font-variant-numeric: tabular-nums }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center }
label { display: block; font-size: .9rem; color: var(--soft); margin-bottom: .2rem }
input { flex: 1; min-width: 9rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: .45rem; padding: .4rem .6rem }
button, .button { font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 0; border-radius: .45rem; padding: .45rem .9rem; cursor: pointer; text-decoration: none }
button:disabled { opacity: .55; cursor: default }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.log { list-style: none; margin: .6rem 0 0; padding: 0; font: .9rem/1.5 ui-monospace, monospace; max-height: 11rem; overflow: auto; overflow-wrap: anywhere }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: .85rem/1.7 ui-monospace, monospace }
code { font: .92em ui-monospace, monospace }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .92rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-top: 1px solid var(--line) }
thead th { border-top: 0; color: var(--soft); font-weight: 400 }
tbody th { font: .9rem/1.7 ui-monospace, monospace; white-space: nowrap }
td { overflow-wrap: anywhere }
.added th { color: var(--accent); font-weight: 600 }
@media (max-width: 40rem) {
  .way { flex-direction: column; align-items: flex-start }
  .way li + li::before { content: none }
  tr { display: block; border-top: 1px solid var(--line); padding: .3rem 0 }
  thead { display: none }
  tbody th, tbody td { display: block; border: 0; padding: 0 }
}
footer { padding: 1.2rem 1.25rem 2.5rem; color: var(--soft) }
`

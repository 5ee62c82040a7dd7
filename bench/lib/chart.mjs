/**
 * From a document of runs to a picture: a panel for each workload, a bar for each peer. Readable in dark and light, since it has no ground.
 */
import { summarize } from './summary.mjs'
import { number } from './table.mjs'

/** `least`: drawn logarithmically, from there. */
const PANELS = [
  { workload: 'W1L', title: 'Bulk, one stream' },
  { workload: 'W2', title: 'Bulk, 100 streams' },
  { workload: 'W3b', title: 'Short streams, 100 at a time' },
  { workload: 'W3a', title: 'Short streams, one at a time' },
  { workload: 'W6', title: 'Writes of 64 bytes' },
  { workload: 'W7', title: 'Bulk over a WebSocket' },
  { workload: 'W4', title: 'Ping beside bulk', less: true, least: 0.1 },
  { workload: 'W5', title: 'An idle stream at each end', less: true }
]

const BARS = [
  { peer: 'muxado-direct', name: 'muxado, callbacks', tone: 'ours' },
  { peer: 'muxado', name: 'muxado, iteration', tone: 'ours' },
  { peer: 'http2', name: 'node:http2', tone: 'peer' },
  { peer: 'yamux8', name: 'libp2p yamux 8', tone: 'peer' },
  { peer: 'mplex12', name: 'libp2p mplex 12', tone: 'peer' }
]

const WIDTH = 880
const COLUMN = WIDTH / 2
const LABEL = 140
const VALUE = 92
const LINE = 17
const HEAD = 30
const GAP = 14

const STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .title { font-weight: 600; font-size: 13px }
    .note, .value { fill: #59636e }
    .ours { fill: #0969da }
    .peer { fill: #9aa4af }
    .bare { fill: none; stroke: #9aa4af; stroke-dasharray: 3 2 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .note, .value { fill: #9198a1 }
      .ours { fill: #4493f8 }
      .peer { fill: #656c76 }
      .bare { stroke: #656c76 }
    }`

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** The bars of one panel, from its upper left corner; `height` is what it takes. */
function panel ({ workload, title, less, least }, rows, { unit, baseline }) {
  const bare = rows[baseline]
  const bars = [...BARS, ...(bare === undefined ? [] : [{ peer: baseline, name: 'no multiplexer', tone: 'bare' }])]
    .filter(({ peer }) => rows[peer]?.runs.length > 0).map((bar) => ({ ...bar, value: rows[bar.peer].median('value') }))
  const most = Math.max(...bars.map(({ value }) => value))
  const room = COLUMN - LABEL - VALUE - GAP
  const share = (value) => least === undefined ? value / most : Math.log(value / least) / Math.log(most / least)
  const note = `${workload}, ${unit}${least === undefined ? '' : ', logarithmic'}${less ? ', less is better' : ''}`
  const parts = [`<text class="title" y="14">${escape(title)} <tspan class="note" font-weight="400">${escape(note)}</tspan></text>`]
  bars.forEach(({ name, tone, value }, i) => {
    const y = HEAD + i * LINE
    const width = Math.max(1, share(value) * room)
    parts.push(`<text x="${LABEL - 6}" y="${y}" text-anchor="end">${escape(name)}</text>`)
    parts.push(`<rect class="${tone}" x="${LABEL}" y="${y - 10}" width="${width.toFixed(1)}" height="12" rx="1"/>`)
    parts.push(`<text class="value" x="${(LABEL + width + 5).toFixed(1)}" y="${y}">${number(value)}</text>`)
  })
  return { height: HEAD + bars.length * LINE + GAP, text: parts.join('\n    ') }
}

/** @returns {string} an SVG file */
export function chart (doc) {
  const summary = summarize(doc)
  const panels = PANELS.filter(({ workload }) => Object.values(summary[workload] ?? {}).some((row) => row.runs.length > 0))
    .map((one) => panel(one, summary[one.workload], doc.workloads[one.workload]))
  if (panels.length === 0) throw new Error('it has none of the workloads that the chart shows')
  let y = 24
  const placed = []
  for (let i = 0; i < panels.length; i += 2) {
    const pair = panels.slice(i, i + 2)
    pair.forEach(({ text }, side) => placed.push(`  <g transform="translate(${side * COLUMN} ${y})">\n    ${text}\n  </g>`))
    y += Math.max(...pair.map(({ height }) => height))
  }
  const { node, cpu, cores } = doc.machine
  const about = `Medians on Node ${node}, ${cores} x ${cpu}, ${doc.when.slice(0, 10)}; a dashed bar is the connection without a multiplexer`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 4}" role="img" aria-label="muxado beside its peers">
  <style>${STYLE}
  </style>
  <text class="note" y="14">${escape(about)}</text>
${placed.join('\n')}
</svg>
`
}

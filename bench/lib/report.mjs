/**
 * From a document of runs to tables for people, in markdown.
 */
import { verdicts } from './marks.mjs'
import { summarize } from './summary.mjs'
import { median, number, ratio, table } from './table.mjs'

const OURS = {
  muxado: 'iterated, wire 1',
  'muxado@wire=2': 'iterated, wire 2',
  'muxado-direct': 'direct, wire 1',
  'muxado-direct@wire=2': 'direct, wire 2'
}

/** System calls for each unit of work, and the most frequent ones by name. */
function callsOf (doc, name, peer) {
  const run = doc.traced.find((one) => one.workload === name && one.peer === peer)
  if (run === undefined) return { total: NaN, most: '-' }
  const sorted = Object.entries(run.calls).sort((a, b) => b[1] - a[1])
  return {
    total: sorted.reduce((sum, [, calls]) => sum + calls, 0) / run.units,
    most: sorted.slice(0, 3).map(([call, calls]) => `${call} ${number(calls / run.units)}`).join(', ')
  }
}

/** The columns of a workload's table: title and cell. */
function columns (doc, name, rows) {
  const { unit, per, baseline } = doc.workloads[name]
  const against = (...others) => others.filter((other) => other !== undefined && rows[other] !== undefined)
    .map((other) => [`vs ${other}`, (row) => ratio(row.against(other, 'value'))])
  const extras = (titles) => Object.entries(titles).map(([key, title]) => [title, (row) => number(row.median(key))])
  if (name.startsWith('W4')) {
    const tail = rows.http2 === undefined ? [] : [['p99 vs http2', (row) => ratio(row.against('http2', 'p99'))]]
    return [...extras({ p50: 'p50 ms', p99: 'p99 ms', max: 'max ms', bulkRate: 'bulk MiB/s' }), ...against('http2', 'yamux8'), ...tail]
  }
  if (name.startsWith('W5')) {
    const sides = { client: 'client', server: 'server', clientRss: 'client rss', serverRss: 'server rss', opened: 'opened/s' }
    return [[`${unit}/${per}`, (row) => number(row.median('value'))], ...extras(sides), ...against('http2', 'yamux8')]
  }
  if (name === 'W8') return [['gzip B', (row) => number(row.median('value'))], ...extras({ minified: 'minified B', core: 'core', session: 'core + session' }), ...against('yamux8')]
  const traced = doc.traced.some((run) => run.workload === name)
    ? [[`system calls/${per}`, (row) => number(callsOf(doc, name, row.peer).total)], ['most of them', (row) => callsOf(doc, name, row.peer).most]]
    : []
  return [
    [`median ${unit}`, (row) => number(row.median('value'))], ['min', (row) => number(row.min)], ['max', (row) => number(row.max)],
    ...against(baseline, 'http2', 'yamux8'),
    [`cpu us/${per}`, (row) => number(row.median('cpu'))], ['cpu vs http2', (row) => ratio(row.against('http2', 'cpu'))],
    [`writes/${per}`, (row) => number(row.median('writes'))], [`reads/${per}`, (row) => number(row.median('reads'))], ...traced,
    ['peak MiB', (row) => number(row.peakMiB)], ['rounds', (row) => String(row.runs.length)]
  ]
}

const SCALE = { create: 'us to add one', busy: 'us a frame, the same few busy', frame: 'us a frame, all in turn', open: 'us a stream' }

/** S1, S2: a line for each cost of each peer, a column for each count. */
function scaleTable (rows) {
  const counts = Object.values(rows).reduce((longest, { curve }) => curve.length > longest.length ? curve.map(({ n }) => n) : longest, [])
  const cells = Object.values(rows).flatMap(({ peer, curve }) => Object.entries(SCALE).flatMap(([key, title]) => {
    const values = counts.map((n) => curve.find((point) => point.n === n)?.[key])
    const known = values.filter((value) => value !== undefined)
    if (known.length === 0) return []
    const spread = key === 'create' ? '' : ratio(Math.max(...known) / Math.min(...known))
    return [[peer, title, ...values.map((value) => number(value)), spread]]
  }))
  const held = Object.values(rows).map((row) => `${row.peer} ${number(row.median('bytes'))} B`).join(', ')
  return `${table(['peer', 'cost', ...counts.map((n) => String(n)), 'dearest/cheapest'], cells)}\n\nHeap of each at each end with ${counts.at(-1)}: ${held}.`
}

/** L1, L2: a line for each path, a column for each kind of windows. */
function pathTables (rows) {
  return Object.values(rows).map(({ peer, curve: [first = {}, ...rest] }) => {
    const shown = Object.keys(first).filter((key) => key !== 'rttMs' && key !== 'mbit')
    const cells = [first, ...rest].map((point) => [`${point.rttMs} ms, ${number(point.mbit)} Mbit/s`, ...shown.map((key) => number(point[key]))])
    return `${peer}:\n\n${table(['path', ...shown], cells)}`
  }).join('\n\n')
}

const brief = (error) => String(error).replaceAll('|', '/').replaceAll('\n', ' ').slice(0, 140)

function section (doc, name, rows) {
  const { title, cores } = doc.workloads[name]
  const lines = [`### ${name}: ${title}`, '']
  if (cores !== undefined) lines.push(`Client on core ${cores[0]}, server on core ${cores[1]}.`, '')
  const good = Object.fromEntries(Object.entries(rows).filter(([, row]) => row.runs.length > 0))
  if (name.startsWith('S')) lines.push(scaleTable(good), '')
  else if (name.startsWith('L')) lines.push(pathTables(good), '')
  else if (Object.keys(good).length > 0) {
    const show = columns(doc, name, good)
    lines.push(table(['peer', ...show.map(([heading]) => heading)], Object.values(good).map((row) => [row.peer, ...show.map(([, cell]) => cell(row))])), '')
  }
  for (const [peer, { error }] of Object.entries(rows)) if (error !== undefined) lines.push(`${peer} failed: ${brief(error)}`, '')
  return lines
}

/** Where and how calmly it was measured. */
export function circumstances (doc) {
  const { node, cpu, cores, system } = doc.machine
  // A few milliseconds are below the resolution of that counter
  const foreign = doc.results.filter((run) => run.ok && run.ms > 100 && run.foreign !== null).map((run) => run.foreign)
  const over = foreign.filter((share) => share > 0.1).length
  return [
    `Node ${node}, ${cores} x ${cpu}, ${system}, ${doc.when.slice(0, 10)}, ${Math.round(doc.seconds)} s.`,
    `Other processes used ${Math.round(median(foreign) * 100)} % of the machine during the median run, over 10 % in ${over} of ${foreign.length} runs.`,
    ...Object.entries(doc.missing).map(([peer, why]) => `MISSING ${peer}: ${why}`)
  ]
}

/** Every mark that can be judged: a line for each, a column for each of ours. */
export function marksTable (doc) {
  const found = verdicts(summarize(doc))
  if (found.length === 0) return []
  const of = Object.keys(OURS).filter((peer) => found.some((one) => one.peer === peer))
  const lines = new Map()
  for (const one of found) lines.set(`${one.workload}, ${one.text}`, one)
  const cells = [...lines].map(([line, { workload, text, bound }]) => [line, bound, ...of.map((peer) => {
    const one = found.find((other) => other.workload === workload && other.text === text && other.peer === peer)
    return one === undefined ? '' : `${one.measured} ${one.met ? 'met' : 'MISSED'}`
  })])
  const met = found.filter((one) => one.met).length
  return [table(['mark', 'bound', ...of.map((peer) => OURS[peer])], cells), '', `${met} of ${found.length} met.`, '']
}

/** The whole report. */
export function report (doc) {
  const summary = summarize(doc)
  const marks = marksTable(doc)
  return [
    ...circumstances(doc), '',
    ...Object.entries(summary).flatMap(([name, rows]) => section(doc, name, rows)),
    ...(marks.length > 0 ? ['### Marks', '', ...marks] : [])
  ].join('\n')
}

/** The tables of some workloads only, for a page that shows them. */
export function sections (doc, names) {
  const summary = summarize(doc)
  return names.filter((name) => summary[name] !== undefined).flatMap((name) => section(doc, name, summary[name]))
}

const OVERVIEW = ['W1', 'W1L', 'W2', 'W3a', 'W3b', 'W4', 'W4u', 'W5', 'W5x', 'W6', 'W7', 'M3', 'W8']
const SHOWN = { raw: 'bare', http2: 'http2', yamux8: 'yamux 8', mplex12: 'mplex', protomux: 'protomux', ...OURS }

/** One line a workload, one column a peer: medians. */
export function overview (doc) {
  const summary = summarize(doc)
  const names = OVERVIEW.filter((name) => summary[name] !== undefined)
  const cells = names.map((name) => {
    // the bare pipe of small writes is the one that gathers them, and that of pings a connection for each
    const bare = summary[name][doc.workloads[name].baseline]
    return [`${name}, ${doc.workloads[name].unit}`, ...Object.keys(SHOWN).map((peer) => {
      const row = peer === 'raw' ? bare : summary[name][peer]
      return number(row === undefined || row.runs.length === 0 ? NaN : row.median('value'))
    })]
  })
  return table(['workload', ...Object.values(SHOWN)], cells)
}

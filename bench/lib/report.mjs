/**
 * From the runs to the tables. Ratios are taken between runs of the same round, and the median of those is shown.
 */
import { verdicts } from './marks.mjs'
import { median, number, ratio, table } from './table.mjs'

/** Per workload and peer: medians, spread and ratios. */
export function summarize ({ workloads, peers, results }) {
  const summary = {}
  for (const [name, workload] of Object.entries(workloads)) {
    const runs = results.filter((run) => run.workload === name)
    summary[name] = {}
    for (const peer of Object.keys(peers)) {
      const mine = runs.filter((run) => run.peer === peer)
      const good = mine.filter((run) => run.ok)
      if (mine.length === 0) continue
      const against = (other, read) => median(good.map((run) => {
        const theirs = runs.find((one) => one.peer === other && one.round === run.round && one.ok)
        return theirs === undefined ? NaN : read(run) / read(theirs)
      }))
      const values = good.map((run) => run.value)
      const cpu = (run) => run.cpuMs * 1000 / run.units
      summary[name][peer] = {
        runs: good.length,
        error: mine.find((run) => !run.ok)?.error,
        median: median(values), min: Math.min(...values), max: Math.max(...values),
        vsRaw: against('raw', (run) => run.value),
        vsBaseline: workload.baseline === undefined ? NaN : against(workload.baseline, (run) => run.value),
        vsHttp2: against('http2', (run) => run.value),
        cpuUs: median(good.map(cpu)),
        cpuVsHttp2: against('http2', cpu),
        writes: median(good.map((run) => run.writes / run.units)),
        reads: median(good.map((run) => run.reads / run.units)),
        peakMiB: median(good.map((run) => run.peakMiB)),
        extra: Object.fromEntries(Object.keys(good[0]?.extra ?? {}).map((key) => [key, median(good.map((run) => run.extra[key]))]))
      }
    }
  }
  return summary
}

/** The columns of a workload's table: title and cell. */
function columns (name, { unit, per, baseline }) {
  const versus = [
    ...(baseline === undefined ? [] : [[`vs ${baseline}`, (row) => ratio(row.vsBaseline)]]),
    ['vs http2', (row) => ratio(row.vsHttp2)]
  ]
  const extras = (titles) => Object.entries(titles).map(([key, title]) => [title, (row) => number(row.extra[key])])
  if (name === 'W4') return [...extras({ p50: 'p50 ms', p99: 'p99 ms', max: 'max ms', bulkRate: 'bulk MiB/s' }), ...versus]
  if (name.startsWith('W5')) {
    const sides = { client: 'client', server: 'server', clientRss: 'client rss', serverRss: 'server rss', opened: 'opened/s' }
    return [[`${unit}/${per}`, (row) => number(row.median)], ...extras(sides), ...versus]
  }
  return [
    [`median ${unit}`, (row) => number(row.median)], ['min', (row) => number(row.min)], ['max', (row) => number(row.max)], ...versus,
    [`cpu us/${per}`, (row) => number(row.cpuUs)], ['cpu vs http2', (row) => ratio(row.cpuVsHttp2)],
    [`writes/${per}`, (row) => number(row.writes)], [`reads/${per}`, (row) => number(row.reads)], ['peak MiB', (row) => number(row.peakMiB)]
  ]
}

const brief = (error) => String(error).replaceAll('|', '/').replaceAll('\n', ' ').slice(0, 140)

/** The whole report as markdown. */
export function report (doc) {
  const summary = summarize(doc)
  const { node, cpu, cores, system } = doc.machine
  const foreign = doc.results.filter((run) => run.ok).map((run) => run.foreign)
  const over = foreign.filter((share) => share > 0.1).length
  const lines = [
    `Node ${node}, ${cores} x ${cpu}, ${system}, ${doc.when.slice(0, 10)}, ${Math.round(doc.seconds)} s.`,
    `Other processes used ${Math.round(median(foreign) * 100)} % of the machine during the median run, over 10 % in ${over} of ${foreign.length} runs.`,
    ''
  ]
  for (const [name, workload] of Object.entries(doc.workloads)) {
    const rows = Object.entries(summary[name])
    if (rows.length === 0) continue
    const show = columns(name, workload)
    lines.push(`### ${name}: ${workload.title}`, '')
    if (workload.cores !== undefined) lines.push(`Client pinned to core ${workload.cores[0]}, server to core ${workload.cores[1]}.`, '')
    const cells = rows.filter(([, row]) => row.runs > 0).map(([peer, row]) => [peer, ...show.map(([, cell]) => cell(row))])
    lines.push(table(['peer', ...show.map(([title]) => title)], cells), '')
    for (const [peer, row] of rows) if (row.error !== undefined) lines.push(`${peer} failed: ${brief(row.error)}`, '')
  }
  const marks = verdicts(summary).map(({ mark, peer, value, met }) => [mark, peer, ratio(value), met ? 'reached' : 'MISSED'])
  if (marks.length > 0) lines.push('### Marks', '', table(['mark', 'peer', 'measured', 'result'], marks), '')
  return lines.join('\n')
}

/**
 * The tables of docs/conformance.md, between their marks. Runs nothing.
 *
 * @module
 */
import type { Report, Result } from '@muxado/conformance'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Peer, type Setup, setupText } from './peers.ts'

/** A peer and what came of its runs. */
export interface Ran extends Peer {
  readonly runs: ReadonlyArray<{ readonly setup: Setup, readonly report: Report }>
}

const path = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url))
const protocol = fileURLToPath(new URL('../../docs/PROTOCOL.md', import.meta.url))

/** Write the tables anew; what stands around them stays. */
export function writePage (peers: readonly Ran[]): void {
  const tables: ReadonlyArray<readonly [name: string, table: string]> = [
    ['summary', summary(peers)], ['sections', sections(peers)], ['cases', cases(peers)]
  ]
  const text = tables.reduce((page, [name, table]) => {
    const mark = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`)
    if (!mark.test(page)) throw new Error(`docs/conformance.md has no place for ${name}`)
    return page.replace(mark, (_, open: string, close: string) => `${open}${table}${close}`)
  }, readFileSync(path, 'utf8'))
  writeFileSync(path, text)
}

/** Cases of a report that came out otherwise than the page says of this peer: as a plain yes, or as a plain no. */
export function differences ({ name }: Peer, report: Report): string[] {
  const rows = readFileSync(path, 'utf8').split('\n').map((row) => row.split(/(?<!\\)\|/).map((text) => text.trim()))
  const head = rows.find((row) => row[1] === 'case')
  const column = head?.indexOf(name) ?? -1
  const said = new Map(rows.map((row) => [row[1], row[column]]))
  const opposite = { passed: '**no**', failed: 'yes', skipped: '' }
  return report.results.filter(({ id, outcome }) => said.get(`\`${id}\``) === opposite[outcome]).map(({ id }) => id)
}

function table (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

function summary (peers: readonly Ran[]): string {
  return table(['peer', 'run', 'passed', 'failed', 'of them must, should, survive', 'skipped'], peers.flatMap(({ title, runs }) => runs.map(({ setup, report }) => {
    const failed = report.results.filter(({ outcome }) => outcome === 'failed')
    const levels = (['must', 'should', 'survive'] as const).map((level) => failed.filter((one) => one.level === level).length)
    return [title, setupText(setup), `${report.passed}`, `${report.failed}`, failed.length === 0 ? '' : levels.join(', '), `${report.skipped}`]
  })))
}

/** What came of one case in all runs of a peer: nothing where it was not asked. */
function cell ({ runs }: Ran, id: string): string {
  const results = runs.flatMap(({ report }) => report.results.filter((result) => result.id === id))
  const asked = results.filter(({ outcome }) => outcome !== 'skipped')
  const failed = asked.filter(({ outcome }) => outcome === 'failed').length
  if (results.length === 0) return ''
  if (asked.length === 0) return '-'
  return failed === 0 ? 'yes' : failed === asked.length ? '**no**' : `**no** in ${failed} of ${asked.length}`
}

function sections (peers: readonly Ran[]): string {
  const titles = [...readFileSync(protocol, 'utf8').matchAll(/^### (\d+\.\d+) (.+)$/gm)]
  return table(['section', ...peers.map(({ name }) => name)], titles.flatMap(([, number = '', title = '']) => {
    const cells = peers.map(({ runs }) => {
      const results = runs.flatMap(({ report }) => report.results.filter((result) => result.section === number && result.outcome !== 'skipped'))
      const ids = new Set(results.map(({ id }) => id))
      const broken = new Set(results.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id))
      return ids.size === 0 ? '' : `${ids.size - broken.size} of ${ids.size}`
    })
    return cells.every((text) => text === '') ? [] : [[`${number} ${title}`, ...cells]]
  }))
}

function cases (peers: readonly Ran[]): string {
  const all = new Map<string, Result>()
  for (const { runs } of peers) for (const { report } of runs) for (const result of report.results) all.set(result.id, result)
  const ordered = [...all.values()].sort((a, b) => rank(a.section) - rank(b.section))
  return table(['case', 'level', 'what it asks', ...peers.map(({ name }) => name)], ordered.map(({ id, level, title }) =>
    [`\`${id}\``, level, title.replaceAll('|', '\\|'), ...peers.map((peer) => cell(peer, id))]))
}

function rank (section: string): number {
  const [chapter = 0, part = 0] = section.split('.').map(Number)
  return chapter * 100 + part
}

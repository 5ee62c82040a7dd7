/**
 * A report for people: a line for each section, and everything about what failed.
 *
 * @module
 */
import type { Report, Result } from './run.ts'
import { SECTIONS } from './sections.ts'

/** How much to tell. */
export interface ReportOptions {
  /** A line for each case that passed, too. Default false. */
  readonly verbose?: boolean
}

/** The whole report. */
export function reportText (report: Report, options: ReportOptions = {}): string {
  const { wire, role, typed, results } = report
  const lines = [`${report.endpoint}, wire ${wire}${wire === 2 ? typed ? ' typed' : ' untyped' : ''}, this end as ${role}`, '']
  for (const section of new Set(results.map((result) => result.section))) {
    lines.push(...sectionLines(section, results.filter((result) => result.section === section), options))
  }
  const missing = [...new Set(results.flatMap(({ needs }) => needs ?? []))]
  if (missing.length > 0) lines.push('', `skipped: cases that need ${missing.join(', ')} of the endpoint; if it does that, say so with --opens, --asks or --obeys`)
  lines.push('', totals(report))
  return `${lines.join('\n')}\n`
}

function sectionLines (section: string, results: readonly Result[], { verbose = false }: ReportOptions): readonly string[] {
  const counts = (['passed', 'failed', 'skipped'] as const)
    .map((outcome) => [results.filter((result) => result.outcome === outcome).length, outcome] as const)
    .filter(([count]) => count > 0).map(([count, outcome]) => `${count} ${outcome}`)
  const title = `${section} ${SECTIONS[section] ?? ''}`
  return [
    `${title.padEnd(52)} ${counts.join(', ')}`,
    ...results.filter(({ outcome }) => verbose || outcome === 'failed').flatMap(caseLines)
  ]
}

function caseLines (result: Result): readonly string[] {
  const { outcome, id, level, title, ms, needs, expected, came, sent = [], received = [] } = result
  const head = `  ${outcome === 'failed' ? 'FAILED ' : `${outcome} `}${id} (${level})`
  if (outcome !== 'failed') return [`${head}  ${outcome === 'skipped' ? `needs ${needs?.join(', ')}` : `${ms} ms`}`]
  return [
    head,
    `      rule      ${title}`,
    `      expected  ${expected}`,
    `      came      ${came}`,
    ...block('sent', sent),
    ...block('received', received)
  ]
}

function block (name: string, lines: readonly string[]): readonly string[] {
  return (lines.length === 0 ? ['nothing'] : lines).map((line, i) => `      ${(i === 0 ? name : '').padEnd(9)} ${line}`)
}

/** `210 passed, 2 failed (1 must, 1 should), 4 skipped`. */
export function totals ({ passed, failed, skipped, results }: Report): string {
  const levels = (['must', 'should', 'survive'] as const)
    .map((level) => [results.filter((result) => result.outcome === 'failed' && result.level === level).length, level] as const)
    .filter(([count]) => count > 0).map(([count, level]) => `${count} ${level}`)
  return `${passed} passed, ${failed} failed${levels.length === 0 ? '' : ` (${levels.join(', ')})`}, ${skipped} skipped`
}

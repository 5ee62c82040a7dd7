/**
 * A report as JUnit XML, for continuous integration.
 *
 * @module
 */
import type { Report, Result } from './run.ts'
import { SECTIONS } from './sections.ts'

/** The whole report: a suite for each section. */
export function junit (report: Report): string {
  const sections = [...new Set(report.results.map(({ section }) => section))]
  const suites = sections.map((section) => suite(section, report.results.filter((result) => result.section === section)))
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="muxado wire ${report.wire}, ${escape(report.endpoint)}" ${counts(report.results)}>`,
    ...suites,
    '</testsuites>',
    ''
  ].join('\n')
}

function suite (section: string, results: readonly Result[]): string {
  return [
    `  <testsuite name="${escape(`${section} ${SECTIONS[section] ?? ''}`)}" ${counts(results)}>`,
    ...results.map(testcase),
    '  </testsuite>'
  ].join('\n')
}

function testcase (result: Result): string {
  const { id, section, title, outcome, ms, needs = [], expected = '', came = '', sent = [], received = [] } = result
  const open = `    <testcase classname="${escape(section)}" name="${escape(`${id}: ${title}`)}" time="${ms / 1000}"`
  if (outcome === 'passed') return `${open}/>`
  const inside = outcome === 'skipped'
    ? `<skipped message="needs ${escape(needs.join(', '))}"/>`
    : `<failure message="${escape(`expected ${expected}; came ${came}`)}">${escape(['sent', ...sent, 'received', ...received].join('\n'))}</failure>`
  return `${open}>${inside}</testcase>`
}

function counts (results: readonly Result[]): string {
  const of = (outcome: Result['outcome']): number => results.filter((result) => result.outcome === outcome).length
  const seconds = results.reduce((sum, { ms }) => sum + ms, 0) / 1000
  return `tests="${results.length}" failures="${of('failed')}" errors="0" skipped="${of('skipped')}" time="${seconds}"`
}

/** Text in XML 1.0, which has no way to say control characters. */
function escape (text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
    // oxlint-disable-next-line no-control-regex -- these are what has to go
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
}

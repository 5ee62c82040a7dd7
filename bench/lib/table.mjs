/** Numbers and tables for people: markdown whose columns also line up in a terminal. */

export const median = (values) => {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  if (sorted.length === 0) return NaN
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

const missing = (value) => value === undefined || value === null || Number.isNaN(value)

/** Three digits or all of the integer part, whichever is more. */
export function number (value) {
  if (missing(value)) return '-'
  if (value >= 100) return Math.round(value).toLocaleString('en-US').replaceAll(',', ' ')
  return value < 0.0001 ? '0' : value.toPrecision(3)
}

export const ratio = (value) => missing(value) ? '-' : `${value >= 10 ? value.toFixed(1) : value.toFixed(2)}x`

/** @type {(head: string[], rows: string[][]) => string} the first column is text, the others are numbers */
export function table (head, rows) {
  const widths = head.map((title, i) => Math.max(title.length, 3, ...rows.map((row) => row[i].length)))
  const line = (cells) => `| ${cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(' | ')} |`
  const rule = widths.map((width, i) => i === 0 ? '-'.repeat(width) : '-'.repeat(width - 1) + ':')
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

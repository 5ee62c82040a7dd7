/**
 * Puts a document's tables into a page, between two comments, so that no figure there is typed by hand:
 * `<!-- bench overview docs/results/node20.json -->` ... `<!-- end -->`.
 */
import path from 'node:path'
import { circumstances, marksTable, overview, sections } from './report.mjs'

/** What a comment may ask for. */
const PARTS = {
  overview: (doc) => [...circumstances(doc), '', overview(doc)],
  marks: (doc) => marksTable(doc).slice(0, -1),
  // any other word is a workload's name
  workload: (doc, name) => sections(doc, [name]).slice(2, -1)
}

/** @type {(page: string, file: string, doc: object) => string} the page with what it has of `file` made anew */
export function fillPage (page, file, doc) {
  let filled = 0
  const next = page.replace(/(<!-- bench (\w+) (\S+) -->\n)[^]*?(<!-- end -->)/g, (whole, head, part, name, end) => {
    if (path.basename(name) !== path.basename(file)) return whole
    filled++
    return `${head}\n${(PARTS[part] ?? PARTS.workload)(doc, part).join('\n')}\n\n${end}`
  })
  if (filled === 0) throw new Error(`the page has no place for ${file}`)
  return next
}

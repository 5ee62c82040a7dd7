// Every relative link and anchor of the Markdown files leads somewhere, every `spec n.m` names a heading of docs/PROTOCOL.md, and every npm
// command that the pages show exists.
import { existsSync, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { json, list, text } from './files.mjs'
import { anchors, blocks, headings, links } from './markdown.mjs'
import { finish, root } from './report.mjs'

const problems = []
const pages = [
  ...readdirSync(root).filter(name => name.endsWith('.md')),
  ...['docs', 'packages', 'examples', 'bench', 'test'].flatMap(dir => list(root, dir, '.md'))
]
for (const page of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/PROTOCOL.md', 'docs/ARCHITECTURE.md']) {
  if (!pages.includes(page)) problems.push(`${page}: does not exist`)
}

let linked = 0
const known = new Map()
const anchorsOf = page => {
  if (!known.has(page)) known.set(page, anchors(text(root, page)))
  return known.get(page)
}
for (const page of pages) {
  for (const { target, line } of links(text(root, page))) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue
    linked++
    const [path, anchor] = target.split('#')
    const to = path === '' ? page : posix.normalize(posix.join(posix.dirname(page), decodeURIComponent(path)))
    if (to.startsWith('..') || !existsSync(join(root, to))) problems.push(`${page}:${line}: ${target} leads nowhere`)
    else if (anchor !== undefined && to.endsWith('.md') && !anchorsOf(to).has(anchor)) problems.push(`${page}:${line}: ${to} has no heading for #${anchor}`)
  }
}

// Sections are headings that start with their number: `## 4 Stream life`, `### 4.2 Accepting`, `## Appendix A ...`
const sections = new Set()
if (pages.includes('docs/PROTOCOL.md')) {
  for (const heading of headings(text(root, 'docs/PROTOCOL.md'))) {
    const number = /^(?:Section )?(\d+(?:\.\d+)*)\b/.exec(heading)?.[1] ?? /^Appendix ([A-Z])\b/.exec(heading)?.[1] ?? /^([A-Z](?:\.\d+)+)\b/.exec(heading)?.[1]
    if (number === undefined) continue
    if (sections.has(number)) problems.push(`docs/PROTOCOL.md: has two sections ${number}`)
    sections.add(number)
  }
}
let cited = 0
const citing = [...['packages', 'test', 'bench', 'examples'].flatMap(dir => list(root, dir, '.ts')), ...pages.filter(page => page !== 'docs/PROTOCOL.md')]
  .filter(file => !file.startsWith('test/gate/'))
if (sections.size === 0) problems.push('docs/PROTOCOL.md: has no numbered heading')
for (const file of citing) {
  const source = text(root, file)
  for (const m of source.matchAll(/\bspec ((?:appendix )?(?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)(?:(?:,| and|,? or| to) (?:\d+(?:\.\d+)*)(?![\w.]*\d*[ -]?(?:bytes?|B\b|ms|KiB|MiB)))*)(?!\w)/g)) {
    for (const number of m[1].match(/\d+(?:\.\d+)*|\b[A-Z](?:\.\d+)*\b/g)) {
      cited++
      if (sections.size > 0 && !sections.has(number)) problems.push(`${file}:${source.slice(0, m.index).split('\n').length}: cites spec ${number}, which docs/PROTOCOL.md has no heading for`)
    }
  }
}
if (cited === 0) problems.push('nothing to check: no `spec n.m` in any source or test')

const { scripts } = json(root, 'package.json')
const own = new Set(['ci', 'install', 'i', 'run', 'exec', 'pack', 'init', 'publish', 'version', 'ls', 'view'])
let commands = 0
for (const page of pages) {
  const source = text(root, page)
  const shown = [...blocks(source).filter(({ language }) => /^(sh|bash|shell|console|)$/.test(language)).map(block => block.text), ...[...source.matchAll(/`([^`\n]+)`/g)].map(m => m[1])]
  for (const m of shown.join('\n').matchAll(/\bnpm (?:run(?: -s)? )?([a-z][a-z0-9:-]*)/g)) {
    commands++
    if (!(m[1] in scripts) && (m[0].includes(' run ') || !own.has(m[1]))) problems.push(`${page}: shows \`${m[0]}\`, package.json has no such script`)
  }
}
const front = pages.includes('README.md') ? text(root, 'README.md') : ''
for (const command of ['npm start', 'npm test']) if (!front.includes(command)) problems.push(`README.md: does not name \`${command}\``)

finish({
  checked: linked,
  what: `links in ${pages.length} pages, ${cited} citations of ${sections.size} sections, ${commands} npm commands`,
  problems,
  remedy: 'mend the link, the citation or the page that has moved.'
})

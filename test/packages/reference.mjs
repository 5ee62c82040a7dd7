// npm run docs:api: the reference of every entry, made of the doc comments of the sources, in .build/api. Then looks whether it is whole: a page for
// each export, and links that lead somewhere.
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { code, json, text } from '../gate/files.mjs'
import { check, end, findDeno, published, root, run } from './lib.mjs'

const to = join(root, '.build/api')
const entries = published().flatMap(({ room, manifest }) => Object.entries(manifest.exports).map(([entry, { 'muxado-source': source }]) => ({
  name: manifest.name + entry.slice(1), file: `packages/${room}/${source.slice(2)}`
})))
// deno doc names a module by its path, from the folder that all have in common
const label = ({ file }) => file.slice('packages/'.length)

const deno = findDeno()
if (deno !== undefined) await all()
end('pages and links of the reference')

async function all () {
  rmSync(to, { recursive: true, force: true })
  const files = entries.map(({ file }) => file)
  const made = await run(deno, ['doc', '--html', '--name=muxado', `--output=${to}`, ...files], { cwd: root, env: { ...process.env, NO_COLOR: '1' } })
  if (!check('deno doc --html', made.status === 0 && existsSync(join(to, 'index.html')) ? undefined : made.output)) return
  const pages = readdirSync(to, { recursive: true, withFileTypes: true }).filter(entry => /\.(?:html|js)$/.test(entry.name)).map(entry => join(entry.parentPath ?? entry.path, entry.name))
  for (const page of pages) writeFileSync(page, renamed(readFileSync(page, 'utf8')))
  const index = join(to, 'index.html')
  writeFileSync(index, readFileSync(index, 'utf8').replace('<main></main>', `<main>${front()}</main>`))

  for (const entry of entries) {
    const exported = exportsOf(entry.file)
    const absent = exported.filter(name => !existsSync(join(to, label(entry), '~', `${name}.html`)))
    check(`${entry.name}: a page for each export`, exported.length === 0 ? 'exports nothing' : absent.length === 0 ? undefined : `none for ${absent.join(', ')}`)
    console.log(`${entry.name.padEnd(26)} ${String(exported.length).padStart(3)} exports`)
  }
  links(pages.filter(page => page.endsWith('.html')))
  console.log(`${pages.length} files; open ${relative(root, index)}`)
}

/** Our names instead of paths, and sources where everybody finds them instead of on this machine. */
function renamed (page) {
  const web = json(root, 'package.json').repository.url.replace(/^git\+|\.git$/g, '')
  const escape = string => string.replaceAll('/', '&#x2F;')
  const here = pathToFileURL(realpathSync(root)).href.replace(/\/$/, '')
  let changed = page.replaceAll(here, `${web}/blob/main`).replaceAll(escape(here), escape(`${web}/blob/main`))
  for (const entry of entries) {
    for (const each of [string => string, escape]) {
      const shown = each(label(entry)).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      // shown to people: between tags, in quotes as a module's name, or in a title; not a part of an address
      changed = changed.replace(new RegExp(`(?<![\\w/.-]|&#x2F;)${shown}(?![/\\w]|&#x2F;)`, 'g'), each(entry.name))
    }
  }
  return changed
}

/** What the first page shows; deno doc leaves it empty where no module is the main one. */
function front () {
  // the first words of a module's comment
  const about = ({ file }) => /\/\*\*\s*\*?\s*([^]*?)(?:\.\s|\s*\*\s*\n)/.exec(text(root, file))?.[1].replace(/\s*\n\s*\*\s*/g, ' ').replace(/[.]$/, '').replaceAll('`', '') ?? ''
  const row = entry => `<li style="margin: 0 0 .6rem"><a class="contextLink" href="./${label(entry)}/index.html">${entry.name}</a> ${about(entry)}</li>`
  return `<h1 style="font-size: 1.5rem; margin-bottom: 1rem">muxado ${json(root, 'packages/core/package.json').version}</h1><ul>${entries.map(row).join('')}</ul>`
}

/** Names that an entry exports, as it says itself. */
function exportsOf (file) {
  const source = code(text(root, file))
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(m => m[1].split(',')).map(name => name.trim().replace(/^type /, '').replace(/^.* as /, '')).filter(Boolean)
  lists.push(...[...source.matchAll(/^export \* as (\w+)/gm)].map(m => m[1]))
  const own = [...source.matchAll(/^export (?:async )?(?:function|const|class|interface|type) (\w+)/gm)].map(m => m[1])
  return [...new Set([...lists, ...own])]
}

function links (pages) {
  const broken = []
  let count = 0
  for (const page of pages) {
    for (const m of readFileSync(page, 'utf8').matchAll(/\b(?:href|src)="([^"]*)"/g)) {
      const target = m[1].replaceAll('&#x2F;', '/').replace(/[#?].*$/, '')
      if (target.startsWith('file:')) broken.push(`${relative(to, page)}: ${target} is on this machine`)
      if (target === '' || /^[a-z]+:/.test(target)) continue
      count++
      const path = join(dirname(page), decodeURIComponent(target))
      if (!existsSync(path.endsWith('/') ? join(path, 'index.html') : path)) broken.push(`${relative(to, page)}: ${target} leads nowhere`)
    }
  }
  check(`${count} links`, broken.length === 0 ? undefined : [...new Set(broken)].slice(0, 20).join('\n'))
}

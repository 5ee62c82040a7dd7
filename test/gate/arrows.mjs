// Who imports whom. The order is read from the line `core <- session <- ...` of docs/ARCHITECTURE.md, so that page and code cannot part.
import { existsSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { code, json, list, packages, text } from './files.mjs'
import { finish, root } from './report.mjs'

/** Rooms that may name a runtime's own modules; others only in a folder src/node, which is an entry of its own. */
const onNode = new Set(['node', 'tunnel', 'conformance'])
/** What a machine without clock, chance, promise and runtime never says (docs/ARCHITECTURE.md, "Core"). */
const notInCore = /\b(?:Date|Math\s*\.\s*random|performance|crypto|Promise|async|await|setTimeout|setInterval|setImmediate|queueMicrotask|process|Buffer|console|globalThis|TextEncoder|TextDecoder)\b/g

const problems = []
let files = 0
let imports = 0

/** Room -> rooms it may import, from the page. `a <- b | c <- d`: b and c see a, not each other; d sees all. */
function arrows () {
  const seen = new Map()
  const page = existsSync(join(root, 'docs/ARCHITECTURE.md')) ? text(root, 'docs/ARCHITECTURE.md') : ''
  const chains = page.match(/^\s*core(?: *<- *[a-z0-9]+(?: *\| *[a-z0-9]+)*)+ *$/gm) ?? []
  if (chains.length === 0) problems.push('docs/ARCHITECTURE.md: no line of the form `core <- session <- ...`')
  for (const chain of chains) {
    const below = []
    for (const level of chain.split('<-').map(part => part.split('|').map(name => name.trim()))) {
      for (const room of level) seen.set(room, new Set([...(seen.get(room) ?? []), ...below]))
      below.push(...level)
    }
  }
  return seen
}

/** Specifiers of a file, with their lines. A computed one comes as `undefined`. */
function specifiers (source) {
  const kept = code(source, { keepStrings: true })
  const bare = code(source)
  const found = []
  // `bare` tells where code is, `kept`, of equal length, what the string says
  const at = index => found.push({ specifier: /^\s*(['"`])([^'"`\n]*)\1/.exec(kept.slice(index))?.[2], line: kept.slice(0, index).split('\n').length })
  for (const m of bare.matchAll(/^[ \t]*(?:import|export)\b[^'"`;=]*?\bfrom(?=\s*['"])/gm)) at(m.index + m[0].length)
  for (const m of bare.matchAll(/^[ \t]*import(?=\s*['"])/gm)) at(m.index + m[0].length)
  for (const m of bare.matchAll(/\b(?:import|require)\s*\(/g)) at(m.index + m[0].length)
  return found
}

const isNode = specifier => specifier.startsWith('node:') || builtinModules.includes(specifier.split('/')[0])
const packageOf = specifier => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')

const order = arrows()
const rooms = packages(root)
const manifest = json(root, 'package.json')
for (const room of order.keys()) if (!rooms.includes(room)) problems.push(`docs/ARCHITECTURE.md: names the room ${room}, packages/${room} does not exist`)
const referencedByRoot = new Set((json(root, 'tsconfig.json').references ?? []).map(r => posix.normalize(r.path)))

for (const room of rooms) {
  const allowed = order.get(room)
  if (allowed === undefined) {
    problems.push(`packages/${room}: is not in the order of docs/ARCHITECTURE.md`)
    continue
  }
  const own = json(root, `packages/${room}/package.json`)
  const declared = Object.keys({ ...own.dependencies, ...own.peerDependencies, ...own.optionalDependencies })
  // `./` is a second project of the same room
  const references = new Set((json(root, `packages/${room}/tsconfig.json`).references ?? []).filter(r => !r.path.startsWith('./')).map(r => posix.basename(r.path)))
  if (room === 'core' && declared.length > 0) problems.push(`packages/core/package.json: core has no dependencies, found ${declared.join(', ')}`)
  for (const name of declared) {
    if (name.startsWith('@muxado/') && !allowed.has(name.slice(8))) problems.push(`packages/${room}/package.json: ${room} may not depend on ${name}`)
  }
  for (const other of references) if (!allowed.has(other)) problems.push(`packages/${room}/tsconfig.json: ${room} may not reference ${other}`)
  if (!referencedByRoot.has(`packages/${room}`)) problems.push(`tsconfig.json: no reference to packages/${room}`)

  const forTests = new Set([...Object.keys({ ...manifest.devDependencies, ...own.devDependencies }), ...[...allowed].flatMap(other => Object.keys(json(root, `packages/${other}/package.json`).dependencies ?? {}))])
  for (const part of ['src', 'test']) {
    for (const file of list(root, `packages/${room}/${part}`, '.ts')) {
      files++
      const source = text(root, file)
      for (const { specifier, line } of specifiers(source)) {
        imports++
        const say = why => problems.push(`${file}:${line}: ${why}`)
        if (specifier === undefined) {
          if (part === 'src') say('imports something computed; the arrows can only be checked on names')
        } else if (specifier.startsWith('.') || specifier.startsWith('/')) {
          const target = posix.normalize(posix.join(posix.dirname(file), specifier))
          const inside = part === 'src' ? `packages/${room}/src/` : `packages/${room}/`
          // helpers for tests of every room live in test/support
          if (!target.startsWith(inside) && !(part === 'test' && target.startsWith('test/support/'))) say(`${specifier} leaves ${inside}; import packages by name, and nothing from test/, bench/ or examples/`)
        } else if (part === 'src' && room === 'core') {
          say(`core imports nothing, found ${specifier}`)
        } else if (isNode(specifier)) {
          if (part === 'src' && !onNode.has(room) && (room === 'session' || !file.startsWith(`packages/${room}/src/node/`))) say(`${specifier}: only packages/${[...onNode].join(', packages/')} and tests know a runtime`)
        } else if (specifier.startsWith('@muxado/')) {
          const other = packageOf(specifier).slice(8)
          if (other === room && part === 'test') continue
          if (!allowed.has(other)) say(`${room} may not import ${specifier} (allowed: ${[...allowed].join(', ') || 'nothing'})`)
          else if (part === 'src' && !references.has(other)) say(`imports ${specifier}, but packages/${room}/tsconfig.json has no reference to ../${other}`)
          else if (part === 'src' && !declared.includes(packageOf(specifier))) say(`imports ${specifier}, which packages/${room}/package.json does not declare`)
        } else if (!declared.includes(packageOf(specifier)) && !(part === 'test' && forTests.has(packageOf(specifier)))) {
          say(`imports ${specifier}, which packages/${room}/package.json does not declare`)
        }
      }
      if (room === 'core' && part === 'src') {
        const bare = code(source)
        for (const m of bare.matchAll(notInCore)) {
          if (/[.#]\s*$/.test(bare.slice(0, m.index))) continue // a member of ours that happens to be called so
          problems.push(`${file}:${bare.slice(0, m.index).split('\n').length}: core never says ${m[0]}`)
        }
      }
    }
  }
}

// What crosses packages stands on their public names, and nobody stands on it.
for (const top of ['examples', 'bench', 'test']) {
  for (const file of [...list(root, top, '.ts'), ...list(root, top, '.mjs')]) {
    files++
    for (const { specifier, line } of specifiers(text(root, file))) {
      imports++
      if (specifier === undefined || !specifier.startsWith('.')) continue
      const target = posix.normalize(posix.join(posix.dirname(file), specifier))
      if (!target.startsWith(`${top}/`)) problems.push(`${file}:${line}: ${specifier} leaves ${top}/; import packages by name, and nothing from test/, bench/ or examples/`)
    }
  }
}

finish({
  checked: imports,
  what: `imports in ${files} files, all along ${[...order.keys()].join(' <- ')}`,
  problems,
  remedy: 'move the code to the room that may know both, or change docs/ARCHITECTURE.md and say why in docs/decisions/.'
})

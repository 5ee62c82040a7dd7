// Every exported name has a doc comment and no declaration says `any`, read from what tsc wrote; and every module says in a sentence what it is.
import { existsSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { code, list, packages, text } from './files.mjs'
import { finish, root } from './report.mjs'

const problems = []
let documented = 0
const declaration = /^export (?:declare )?(?:abstract )?(?:async )?(?:const enum|enum|const|let|class|function\*?|interface|type|namespace)(?= )\s+([\w$]+)/

for (const room of packages(root)) {
  for (const file of list(root, `packages/${room}/src`, '.ts')) {
    const source = text(root, file)
    if (!/^(?:#!.*\n)?\/\*\*(?:[^*]|\*(?!\/))*@module\b/.test(source)) problems.push(`${file}: does not open with a comment that says what it knows, ending in @module`)
    const types = join('packages', room, 'dist', posix.relative(`packages/${room}/src`, file)).replace(/\.ts$/, '.d.ts')
    if (!existsSync(join(root, types))) {
      problems.push(`${file}: has no ${types} (npm run build)`)
      continue
    }
    const lines = text(root, types).split('\n')
    // comments and strings are blanked: `any` that is left is the type
    code(lines.join('\n')).split('\n').forEach((line, i) => {
      if (/(?<![.\w$])any\b(?!\??:|\()/.test(line)) problems.push(`${types}:${i + 1}: says any: ${lines[i].trim().slice(0, 90)}`)
    })
    const overloads = new Set()
    lines.forEach((line, i) => {
      const name = declaration.exec(line)?.[1]
      if (name === undefined) return
      const above = lines[i - 1]?.trim() ?? ''
      // a `type X = (typeof X)[...]` beside `const X`, and further overloads, share the first one's comment
      if (above.endsWith('*/') && !/@module/.test(comment(lines, i - 1))) {
        documented++
        overloads.add(name)
      } else if (!overloads.has(name)) {
        problems.push(`${file}: ${name} is exported without a doc comment`)
      }
    })
  }
  const index = `packages/${room}/dist/index.d.ts`
  if (existsSync(join(root, index))) {
    const shown = text(root, index)
    for (const m of shown.matchAll(/^export \*(?: as \w+)? from '([^']+)'|^export (?:type )?\{[^}]*\} from '([^']+)'/gm)) {
      const from = m[1] ?? m[2]
      if (from.startsWith('.') && !existsSync(join(root, dirname(index), from.replace(/\.ts$/, '.d.ts')))) problems.push(`${index}: ${from} is not there`)
    }
  }
}

/** The block comment that ends on line `end`. */
function comment (lines, end) {
  let start = end
  while (start > 0 && !lines[start].includes('/**')) start--
  return lines.slice(start, end + 1).join('\n')
}

finish({
  checked: documented,
  what: 'exported names, each with a doc comment; no declaration says any',
  problems,
  remedy: 'write one sentence above the export: what it is, then only what its type cannot say (unit, range, default, who owns the bytes, what it throws). For `any`, say `unknown` or what it is.'
})

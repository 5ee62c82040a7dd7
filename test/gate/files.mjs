// Which files there are, and TypeScript text without its comments. Knows nothing of any check.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

const byName = (a, b) => a < b ? -1 : 1
const skipped = new Set(['node_modules', 'dist', '.build', '.git', 'coverage'])

/** Paths below `dir` of `root` that end with `suffix`, relative to `root`, with forward slashes, sorted. */
export function list (root, dir, suffix) {
  const start = join(root, dir)
  if (!existsSync(start)) return []
  const found = []
  for (const entry of readdirSync(start, { withFileTypes: true })) {
    if (skipped.has(entry.name)) continue
    const path = join(start, entry.name)
    if (entry.isDirectory()) found.push(...list(root, relative(root, path), suffix))
    else if (entry.name.endsWith(suffix)) found.push(relative(root, path).split(sep).join('/'))
  }
  return found.sort(byName)
}

/** Names of the folders in packages/. */
export function packages (root) {
  const dir = join(root, 'packages')
  if (!existsSync(dir)) return []
  return readdirSync(dir, { withFileTypes: true }).filter(e => e.isDirectory() && existsSync(join(dir, e.name, 'package.json'))).map(e => e.name).sort(byName)
}

export const text = (root, path) => readFileSync(join(root, path), 'utf8')
export const json = (root, path) => JSON.parse(text(root, path))

/**
 * TypeScript with comments blanked and, unless `keepStrings`, the insides of strings and templates too; line numbers stay. Regular
 * expressions are told from division by what stands before the slash, which is exact enough for code that a linter has seen.
 */
export function code (source, { keepStrings = false } = {}) {
  const token = /\/\/[^\n]*|\/\*[^]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`|(?<=(?:^|[=(,:[!&|?{};\n]|\breturn)\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g
  const blank = s => s.replace(/[^\n]/g, ' ')
  return source.replace(token, part => {
    if (part.startsWith('//') || part.startsWith('/*')) return blank(part)
    if (keepStrings) return part
    return part[0] + blank(part.slice(1, -1)) + part.at(-1)
  })
}

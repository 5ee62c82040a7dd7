/**
 * The table of pairs of half states in PROTOCOL.md 4.8, to be compared with what exploration came to.
 *
 * @module
 */
import { readFileSync } from 'node:fs'

/** Pairs that the protocol's text says occur. */
export function documentedPairs (): string[] {
  const text = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8')
  const section = /\n### 4\.8 [^]*?(?=\n##)/.exec(text)?.[0] ?? ''
  return Array.from(section.matchAll(/^\| (\(\w+, \w+\)) \|/gm), ([, pair]) => pair ?? '')
}

/** What was come to and is not in the text, or the other way about. */
export function differences (found: Iterable<string>): string[] {
  const seen = new Set(found)
  const documented = new Set(documentedPairs())
  return [
    ...Array.from(seen).filter((pair) => !documented.has(pair)).map((pair) => `${pair} was come to, and PROTOCOL.md 4.8 does not have it`),
    ...Array.from(documented).filter((pair) => !seen.has(pair)).map((pair) => `${pair} is in PROTOCOL.md 4.8, and was never come to`)
  ]
}

/**
 * Remembers in .build what long runs have done, piece by piece, so that they can be stopped, taken up again, and summed. Pieces count only as
 * long as the sources are the same. With MUXADO_LEDGER=off, as mutants have it, nothing is remembered.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

type Figures = Readonly<Record<string, number>>
type Book = Record<string, Record<string, Figures>>

const top = fileURLToPath(new URL('../..', import.meta.url))

/** The pieces of one kind of run. */
export class Ledger {
  /** Stands for the sources. */
  readonly digest: string
  readonly #file: string

  /** `sources` are folders and files, from the top. */
  constructor (name: string, sources: readonly string[]) {
    const hash = createHash('sha256')
    for (const source of sources) {
      const files = source.endsWith('.ts')
        ? [source]
        : readdirSync(join(top, source), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).sort().map((file) => join(source, file))
      for (const file of files) hash.update(file).update(readFileSync(join(top, file)))
    }
    this.digest = hash.digest('hex').slice(0, 12)
    this.#file = join(top, '.build', `${name}.json`)
  }

  has (piece: string): boolean {
    return this.#read()[this.digest]?.[piece] !== undefined
  }

  add (piece: string, figures: Figures): void {
    if (process.env['MUXADO_LEDGER'] === 'off') return
    const book = this.#read()
    const page = book[this.digest] ??= {}
    page[piece] = figures
    mkdirSync(join(top, '.build'), { recursive: true })
    writeFileSync(this.#file, JSON.stringify(book))
  }

  /** All pieces that were done with these sources, by name. */
  pieces (): Readonly<Record<string, Figures>> {
    return this.#read()[this.digest] ?? {}
  }

  /** All figures of all pieces, summed. */
  total (): Record<string, number> {
    const sum: Record<string, number> = {}
    for (const figures of Object.values(this.pieces())) for (const [name, figure] of Object.entries(figures)) sum[name] = (sum[name] ?? 0) + figure
    return sum
  }

  #read (): Book {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Book // as `add` has written it
    } catch {
      return {}
    }
  }
}

/** Text of many lines with `text` in the place that `<!-- name -->` and `<!-- /name -->` mark in docs/testing.md. */
export function writePage (name: string, text: string): void {
  const path = join(top, 'docs/testing.md')
  const page = readFileSync(path, 'utf8')
  const [before, after] = [page.indexOf(`<!-- ${name} -->`), page.indexOf(`<!-- /${name} -->`)]
  if (before < 0 || after < before) throw new Error(`docs/testing.md has no place for ${name}`)
  writeFileSync(path, `${page.slice(0, before)}<!-- ${name} -->\n${text}\n${page.slice(after)}`)
}

/** What it ran on. */
export function machineText (): string {
  return `Node ${process.versions.node}, ${platform()} ${arch()}, ${cpus()[0]?.model ?? 'an unknown processor'}`
}

/** A number with its thousands apart. */
export function spaced (number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

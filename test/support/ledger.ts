/**
 * Remembers in .build what long runs have done, piece by piece, so that they can be stopped, taken up again, and summed. Pieces count only as
 * long as the sources are the same.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
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

  constructor (name: string, folders: readonly string[]) {
    const hash = createHash('sha256')
    for (const folder of folders) {
      const files = readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).sort()
      for (const file of files) hash.update(file).update(readFileSync(join(top, folder, file)))
    }
    this.digest = hash.digest('hex').slice(0, 12)
    this.#file = join(top, '.build', `${name}.json`)
  }

  has (piece: string): boolean {
    return this.#read()[this.digest]?.[piece] !== undefined
  }

  add (piece: string, figures: Figures): void {
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

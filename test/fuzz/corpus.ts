/**
 * The inputs that are kept: which there are, and where. What a target covers is repeated by them; those with a name and not a hash once failed, or
 * show something.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of all inputs that are kept. */
export const MOST_BYTES = 300_000

const here = fileURLToPath(new URL('corpus/', import.meta.url))

/** Where the inputs of a target are. */
export function folderOf (target: string): string {
  return join(here, target)
}

/** The inputs of a target, by file name. */
export function inputsOf (target: string): [string, Uint8Array][] {
  const folder = folderOf(target)
  return existsSync(folder) ? readdirSync(folder).sort().map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]) : []
}

/** Keep exactly these files, and those with names that are there. */
export function keep (target: string, files: readonly string[]): void {
  const inputs = files.map((file): [string, Uint8Array] => [basename(file), readFileSync(file)])
  const folder = folderOf(target)
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) if (HASH.test(name)) rmSync(join(folder, name))
  for (const [name, input] of inputs) if (HASH.test(name)) writeFileSync(join(folder, nameOf(input)), input)
}

const HASH = /^[0-9a-f]{12,40}$/

/** The name of an input: its hash. */
export function nameOf (input: Uint8Array): string {
  return createHash('sha1').update(input).digest('hex').slice(0, 12)
}

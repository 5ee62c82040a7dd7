/**
 * A copy of the tree into which a test can write a mistake, and a step of the gate run on it. Knows nothing of what the steps check.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const top = fileURLToPath(new URL('../..', import.meta.url))
const left = new Set(['node_modules', 'dist', '.build', '.git', 'coverage'])

/** A copy of the parts of the tree that a step reads, removed by `dispose`. */
export class Seeded {
  readonly root: string

  constructor (parts: readonly string[]) {
    this.root = mkdtempSync(join(tmpdir(), 'muxado-gate-'))
    for (const part of parts) {
      cpSync(join(top, part), join(this.root, part), { recursive: true, filter: (source) => !left.has(basename(source)) })
    }
    symlinkSync(join(top, 'node_modules'), join(this.root, 'node_modules'), 'junction')
  }

  /** Write `content` to `path`, folders included. */
  write (path: string, content: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), content)
  }

  /** Remove `path`, whatever it is. */
  remove (path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true })
  }

  /** Run `test/gate/<step>.mjs` of this project on the copy. */
  run (step: string): { readonly status: number | null, readonly output: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(top, 'test/gate', `${step}.mjs`), this.root], { cwd: this.root, encoding: 'utf8' })
    return { status, output: stdout + stderr }
  }

  dispose (): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

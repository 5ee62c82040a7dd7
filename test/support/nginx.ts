/**
 * A real nginx for tests, with recipes from our pages. Debian's package is installed where that can be done. Knows nothing of muxado.
 *
 * @module
 */
import { assert } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apt, onPath } from './install.ts'

// It lives in sbin, which is not on everybody's PATH
const names = ['nginx', '../sbin/nginx']

/** Where it is, or undefined. */
export function findNginx (): string | undefined {
  return onPath(names) ?? (apt('nginx') ? onPath(names) : undefined)
}

/** In place of tests that need one: says so, and fails where there is no reason for it. */
export function missing (): void {
  it('is skipped', () => {
    console.log('        MISSING: no nginx here, and none could be installed (Debian: apt-get install nginx)')
    if (process.env['CI'] !== undefined) assert.fail('in CI this is no reason')
  })
}

/** The recipe of a page below docs/, as it stands there; each change must change something. */
export function recipe (page: string, changes: ReadonlyArray<readonly [from: string, to: string]>): string {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
  let [, block = ''] = /```nginx\n([^]*?)```/.exec(text) ?? []
  for (const [from, to] of changes) {
    assert.include(block, from, `the recipe of ${page}`)
    block = block.replace(from, to)
  }
  return block
}

/** An nginx that runs. */
export interface Nginx {
  /** Why it has ended; undefined while it runs. */
  ended (): string | undefined
  stop (): Promise<void>
}

/** Start `program` with these servers. It listens some time later. */
export function startNginx (program: string, servers: string): Nginx {
  const folder = mkdtempSync(join(tmpdir(), 'muxado-nginx-'))
  const errors = join(folder, 'error.log')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`).join(' ')
  writeFileSync(join(folder, 'nginx.conf'), `daemon off; pid ${folder}/pid; error_log ${errors};
events {}
http { access_log off; ${temporary} ${servers} }\n`)
  const child = spawn(program, ['-c', join(folder, 'nginx.conf'), '-e', errors], { stdio: 'inherit' })
  return {
    ended: () => child.exitCode === null ? undefined : `nginx ended: ${readFileSync(errors, 'utf8')}`,
    async stop () {
      child.kill('SIGQUIT')
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/**
 * The peers that others wrote, as programs: which there are, and how each is built. The package managers fetch the published modules; nothing
 * of theirs is kept here.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * A peer of these tests. `go-2.0.1` is the release before that of `go`, and does what that does unless a case says otherwise. `script` is bytes by
 * hand over a real socket, for what no peer can be made to do.
 */
export type PeerKind = 'go' | 'go-2.0.1' | 'rust' | 'script'

/** A program that can be run, or why there is none. */
export interface Built {
  /** What it is built from, and with what. */
  readonly title: string
  readonly program?: string
  readonly why?: string
  /** `tool`: the machine lacks it. `module`: it could not be fetched. `program`: it was fetched, and ours does not build. */
  readonly missing?: 'tool' | 'module' | 'program'
}

const here = fileURLToPath(new URL('.', import.meta.url))
const output = fileURLToPath(new URL('../../.build/interop', import.meta.url))
const suffix = process.platform === 'win32' ? '.exe' : ''

/** The second generation of the Go implementation: go.mod asks for v2.0.2, v2.0.1.mod for the release before. */
export function buildGo (version: 'v2.0.1' | 'v2.0.2'): Built {
  const cwd = join(here, 'go')
  const file = version === 'v2.0.2' ? [] : [`-modfile=${version}.mod`]
  return build(`golang.ngrok.com/muxado/v2 ${version}`, 'go', ['version'], join(output, `go-peer-${version}${suffix}`), (program) => ({
    fetch: { cwd, args: ['mod', 'download', ...file, 'golang.ngrok.com/muxado/v2'] },
    make: { cwd, args: ['build', ...file, '-o', program, '.'] }
  }))
}

/** The Rust implementation. */
export function buildRust (): Built {
  const cwd = join(here, 'rust')
  const target = join(output, 'rust')
  return build('muxado 0.5.4', 'cargo', ['--version'], join(target, 'release', `interop-peer${suffix}`), () => ({
    fetch: { cwd, args: ['fetch', '--quiet'] },
    make: { cwd, args: ['build', '--quiet', '--release', '--offline', '--target-dir', target] }
  }))
}

interface Step {
  readonly cwd: string
  readonly args: readonly string[]
}

function build (source: string, tool: string, version: string[], program: string, steps: (program: string) => { fetch: Step, make: Step }): Built {
  const { status, stdout } = spawnSync(tool, version, { encoding: 'utf8' })
  if (status !== 0) return { title: source, why: `no ${tool} on this machine`, missing: 'tool' }
  const number = /\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0] ?? 'of unknown version'
  const title = `${source}, built by ${tool} ${number}`
  mkdirSync(output, { recursive: true })
  const { fetch, make } = steps(program)
  const failed = run(tool, fetch)
  if (failed !== undefined) return { title, why: `could not be fetched: ${failed}`, missing: 'module' }
  const broken = run(tool, make)
  if (broken !== undefined || !existsSync(program)) return { title, why: `does not build: ${broken ?? 'no program'}`, missing: 'program' }
  return { title, program }
}

/** Runs a step; what it said when it failed, without the addresses it asked. */
function run (tool: string, { cwd, args }: Step): string | undefined {
  const { status, stderr } = spawnSync(tool, args, { cwd, encoding: 'utf8' })
  return status === 0 ? undefined : stderr.trim().replaceAll(/https?:\/\/\S+/g, '(address)').replaceAll(/\s*\n\s*/g, ' | ') || `exit ${status}`
}

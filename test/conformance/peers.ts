/**
 * The peers whose conformance is published: ours, and programs on the packages that others have published, built by their package managers.
 *
 * @module
 */
import { dial, listen } from '@muxado/conformance'
import type { Need, Role, WireNumber } from '@muxado/conformance'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { end, keepAlive, type Running } from './keep-alive.ts'
import { echoClient, echoServer, QUICK } from '../support/echo-endpoint.ts'

/** A way to run a peer: what it is set up for, and which end it is. */
export interface Setup {
  readonly wire: WireNumber
  readonly typed: boolean
  /** The role of the conformance command; the peer has the other. */
  readonly role: Role
}

/** One implementation. */
export interface Peer {
  readonly name: string
  /** For the page: what exactly it is. */
  readonly title: string
  readonly setups: readonly Setup[]
  /** What it does beside its echo; pinging needs types in wire 2. */
  readonly can: readonly Need[]
  /** Why it is not there, or undefined. Builds it where it has to be built. */
  missing (): string | undefined
  start (setup: Setup): Promise<Running>
}

const here = fileURLToPath(new URL('.', import.meta.url))
const output = fileURLToPath(new URL('../../.build/conformance', import.meta.url))
const roles = ['client', 'server'] as const
const wire2 = [true, false].flatMap((typed) => roles.map((role): Setup => ({ wire: 2, typed, role })))

function ours (wire: WireNumber): Peer {
  return {
    name: `ours-${wire}`,
    title: `@muxado/node, wire ${wire}`,
    setups: wire === 2 ? wire2 : roles.map((role) => ({ wire, typed: true, role })),
    can: ['opens', 'asks', 'goaway', 'close', 'reset', 'finish', 'hold'],
    missing: () => undefined,
    async start ({ typed, role }) {
      const options = { ...QUICK, wire, typed }
      if (role === 'client') {
        const server = await echoServer(options)
        return { endpoint: dial(server.url), close: server.close }
      }
      const endpoint = await listen('tcp://127.0.0.1:0')
      const client = await echoClient(endpoint.url, options)
      return {
        endpoint,
        close: async () => {
          endpoint.close()
          await client.close()
        }
      }
    }
  }
}

/** A program that prints `listening PORT`, or dials. */
function program (peer: Omit<Peer, 'start' | 'setups'>, path: string, args: (setup: Setup, dialled: string | undefined) => readonly string[]): Peer {
  return {
    ...peer,
    setups: wire2,
    async start (setup) {
      if (setup.role === 'server') {
        const endpoint = await listen('tcp://127.0.0.1:0')
        return keepAlive(endpoint, path, args(setup, endpoint.url.replace('tcp://', '')))
      }
      const child = spawn(path, args(setup, undefined), { stdio: ['ignore', 'pipe', 'ignore'] })
      const port = await listening(child)
      return { endpoint: dial(`tcp://127.0.0.1:${port}`), close: async () => { await end(child) } }
    }
  }
}

async function listening (child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('no standard output')
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^listening (\d+)$/.exec(line)?.[1]
    if (port !== undefined) return Number(port)
  }
  throw new Error('ended before it listened')
}

function build (tool: string, cwd: string, args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(tool, args, { cwd, encoding: 'utf8' })
  if (error !== undefined) return `no ${tool} on this machine`
  return status === 0 ? undefined : stderr.trim().replaceAll(/https?:\/\/\S+/g, '(address)').split('\n').slice(-3).join(' | ')
}

const target = fileURLToPath(new URL('../../.build/interop/rust', import.meta.url))
const rustProgram = join(target, 'release', 'conformance-echo')

/** The Go program on one version of its module: go.mod asks for the newest, VERSION.mod for another. */
function go (version: string): Peer {
  const path = join(output, `go-${version}`)
  const newest = version === 'v2.0.2'
  return program({
    name: newest ? 'go-2' : `go-${version.slice(1)}`,
    title: `golang.ngrok.com/muxado/v2 ${version}`,
    can: ['opens', 'asks', 'goaway', 'close', 'finish', 'hold'],
    missing: () => build('go', join(here, 'go'), ['build', ...newest ? [] : [`-modfile=${version}.mod`], '-o', path, '.'])
  }, path, ({ typed }, dialled) => [...typed ? ['-typed', '-heartbeat', '200ms'] : [], ...dialled === undefined ? [] : ['-dial', dialled]])
}

/** Every peer, in the order of the page. */
export const peers: readonly Peer[] = [
  ours(1),
  ours(2),
  go('v2.0.2'),
  go('v2.0.1'),
  program({
    name: 'rust',
    title: 'the crate muxado 0.5.4',
    can: ['opens', 'asks', 'close', 'finish', 'hold'],
    missing: () => build('cargo', join(here, 'rust'), ['build', '--quiet', '--release', '--target-dir', target])
  }, rustProgram, ({ typed }, dialled) => [...typed ? ['typed=1', 'heartbeat=200'] : [], ...dialled === undefined ? [] : [`dial=${dialled}`]])
]

/** A setup in words, which also name its file. */
export function setupText ({ wire, typed, role }: Setup): string {
  return `${wire === 2 ? typed ? 'typed' : 'untyped' : 'wire 1'}, ${role === 'client' ? 'as server' : 'as client'}`
}

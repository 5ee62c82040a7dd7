/**
 * The real machine, such that its state can be copied: core's own sources with their private fields made ordinary ones, `#end` as `$end`, and
 * nothing else changed. Copying is what makes exploration cheap: a state is left in every possible way without playing again what led to it.
 *
 * @module
 */
import type { Machine, MachineOptions, ReceiveState, SendState } from '@muxado/core'
import { build } from 'esbuild'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { patch } from '../mutants/patch.mjs'

/** A stream inside a machine, as far as it is looked at. */
export interface Record {
  readonly id: number
  readonly local: boolean
  readonly priority: number
  readonly send: SendState
  readonly receive: ReceiveState
  readonly typing: number
  readonly queued: number
  readonly credit: number
  readonly window: number
  readonly available: number
  readonly unread: number
  readonly consumed: number
  readonly granting: number
  readonly received: number
  readonly limits: readonly number[] | undefined
}

/** A machine with its private parts open, as far as they are looked at. */
export interface OpenMachine extends Machine {
  readonly $end: {
    readonly streams: ReadonlyMap<number, Record>
    readonly forgotten: ReadonlySet<number>
    readonly control: ReadonlySet<unknown>
    readonly scheduler: {
      readonly $turn: number
      readonly $levels: ReadonlyArray<{
        readonly priority: number
        readonly served: number
        readonly streams: { readonly $items: ReadonlyArray<Record | undefined> }
      }>
    }
  }
  readonly $parser: {
    readonly $state: number
    readonly $have: number
    readonly $held: Uint8Array
    readonly $header: { readonly streamId: number }
    readonly $remaining: number
  }
}

const source = fileURLToPath(new URL('../../packages/core/src/', import.meta.url))

/** `createMachine` of the sources as they are now, opened. */
export async function openCore (): Promise<(options: MachineOptions) => OpenMachine> {
  const { outputFiles: [bundle] } = await build({
    entryPoints: [`${source}index.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    logLevel: 'silent',
    plugins: [{
      name: 'open',
      setup ({ onLoad }) {
        onLoad({ filter: /\.ts$/ }, ({ path }) => ({ contents: patch(path, readFileSync(path, 'utf8')).replace(/#(?=[a-z]\w*)/gi, '$'), loader: 'ts' }))
      }
    }]
  })
  if (!bundle) throw new Error('esbuild made nothing')
  // A module of its own for each call: what it is made of may have been changed. A file, for traces that can be read
  const folder = mkdtempSync(join(tmpdir(), 'muxado-core-'))
  const file = join(folder, 'core.mjs')
  writeFileSync(file, bundle.contents)
  try {
    const { createMachine } = await import(pathToFileURL(file).href) as { createMachine: (options: MachineOptions) => OpenMachine }
    return createMachine
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * The real machine, such that its state can be copied: core's own sources with their private fields made ordinary ones, `#end` as `$end`, and
 * nothing else changed. Copying is what makes exploration cheap: a state is left in every possible way without playing again what led to it.
 *
 * @module
 */
import type { Machine, MachineOptions, ReceiveState, SendState } from '@muxado/core'
import { build } from 'esbuild'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { patch } from '../mutants/patch.mjs'

/** A stream inside a machine, as far as it is looked at. */
export interface Record { readonly id: number, readonly send: SendState, readonly receive: ReceiveState }

/** A machine with its private parts open, as far as they are looked at. */
export interface OpenMachine extends Machine {
  readonly $end: {
    readonly streams: ReadonlyMap<number, Record>
    readonly stalled: ReadonlySet<Record>
    readonly lastServedId: number
    readonly scheduler: {
      readonly $turn: number
      readonly $levels: ReadonlyArray<{
        readonly priority: number
        readonly served: number
        readonly streams: { readonly $items: ReadonlyArray<Record | undefined> }
      }>
    }
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
  // A module of its own for each call: what it is made of may have been changed
  const { createMachine } = await import(`data:text/javascript;base64,${Buffer.from(bundle.contents).toString('base64')}`) as { createMachine: (options: MachineOptions) => OpenMachine }
  return createMachine
}

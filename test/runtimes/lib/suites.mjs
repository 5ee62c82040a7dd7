// The one Transport contract and the one session suite, in each runtime itself. Knows how each is started.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { list } from '../../gate/files.mjs'
import { run } from '../../gate/mocha.mjs'
import { inWorkerd } from './workerd.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const mocha = 'node_modules/mocha/bin/mocha.js'

// memory.spec.ts asks V8 for its heap in Node's own way
const sessions = list(root, 'packages/session/test', '.spec.ts').filter(file => !file.endsWith('/memory.spec.ts'))
const onNode = [
  ...sessions, 'packages/node/test/transport.spec.ts', 'packages/websocket/test/transport.spec.ts', 'packages/websocket/test/contract.both.spec.ts',
  'packages/websocket/test/workers-socket.spec.ts', 'test/runtimes/suite/node.runtime.ts'
]

const flags = ['--reporter', 'spec', '--no-color', '--timeout', '10000', '--forbid-only']

/** Run the suites in `runtime`, resolve with exit code and output. */
export async function runSuites ({ name, program }) {
  const options = { cwd: root, lingerMs: 15_000 }
  if (name.startsWith('node')) return await run(program, [mocha, ...flags, ...onNode], options)
  if (name === 'deno') {
    const files = [...sessions, ...list(root, 'packages/deno/test', '.spec.ts'), 'packages/websocket/test/deno.runtime.ts', 'test/runtimes/suite/deno.runtime.ts']
    // The root's own configuration has options of Node's
    return await run(program, ['run', '-A', mocha, '--config', 'test/runtimes/mocharc.json', ...flags, ...files], options)
  }
  if (name === 'bun') {
    const files = [...onNode, 'packages/node/test/connect.spec.ts', 'packages/node/test/listen.spec.ts', 'packages/websocket/test/bun.runtime.ts', 'test/runtimes/suite/bun.runtime.ts']
    return await run(program, ['--conditions=muxado-source', mocha, '--config', 'test/runtimes/mocharc.json', ...flags, ...files], options)
  }
  if (name === 'workerd') return await inWorkerd(program, [...sessions, 'packages/websocket/test/workers.runtime.ts', 'test/runtimes/suite/workerd.runtime.ts'])
  const files = [...sessions, 'packages/websocket/test/contract.both.spec.ts', 'packages/websocket/test/session.both.spec.ts']
  const args = ['--import', './test/ts.mjs', '--conditions=muxado-source', '--disable-warning=ExperimentalWarning', join(root, 'test/browser/run.mjs'), name, ...files]
  return await run(process.execPath, args, options)
}

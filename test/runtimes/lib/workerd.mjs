// Runs spec files in workerd: bundles them with mocha into a worker, asks that for the outcome. Also runs any other worker.
import { spawn } from 'node:child_process'
import { build } from 'esbuild'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { leader, signalGroup } from '../../gate/group.mjs'
import { serveRelay } from './relay.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** What workerd is told of the worker: where it listens is reported on descriptor 3. */
const config = name => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "worker", esModule = embed "${name}.js")], compatibilityDate = "2026-10-01")),
    (name = "internet", network = (allow = ["local", "private", "public"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`

/** Start the worker `contents`, which may import what the workspace has. */
export async function startWorker (program, name, contents) {
  const dir = join(root, '.build/workerd')
  mkdirSync(dir, { recursive: true })
  await build({
    stdin: { contents, loader: 'ts', resolveDir: root, sourcefile: `${name}.ts` },
    outfile: join(dir, `${name}.js`),
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['browser', 'module', 'main'],
    target: 'es2022',
    conditions: ['muxado-source', 'workerd', 'browser'],
    external: ['cloudflare:*'],
    ignoreAnnotations: true, // a package without side effects would lose its tests
    logLevel: 'warning'
  })
  writeFileSync(join(dir, `${name}.capnp`), config(name))
  const child = spawn(program, ['serve', `${name}.capnp`, '--control-fd=3'], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], ...leader })
  const close = () => { signalGroup(child, 'SIGKILL') }
  process.on('exit', close)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', data => { said += data })
  const port = await new Promise((resolve, reject) => {
    let control = ''
    child.stdio[3].setEncoding('utf8').on('data', data => {
      control += data
      const port = /"port":(\d+)/.exec(control)?.[1]
      if (port !== undefined) resolve(port)
    })
    child.on('error', reject)
    child.on('exit', code => { reject(new Error(`workerd ended with ${code}: ${said}`)) })
  })
  return {
    url: `http://127.0.0.1:${port}`,
    said: () => said,
    close () {
      process.off('exit', close)
      close()
    }
  }
}

/** Exit code and output of the spec files, as `run` has them for other runtimes. */
export async function inWorkerd (program, files) {
  const relay = await serveRelay()
  const worker = await startWorker(program, 'suites', `
    import './test/runtimes/suite/workerd-shim.ts'
    import { runSpecs } from './test/runtimes/suite/workerd-mocha.ts'
    export default { fetch: (request) => runSpecs(request, async () => { ${files.map(file => `await import('./${file}')`).join('; ')} }) }
  `)
  try {
    const response = await fetch(`${worker.url}/?relay=${relay.port}`, { signal: AbortSignal.timeout(120_000) })
    const output = await response.text()
    const failures = response.headers.get('failures')
    return { status: failures === '0' ? 0 : 1, output: failures === null ? `${output}\n${worker.said()}` : output }
  } catch (error) {
    return { status: 1, output: `${error.message}\n${worker.said()}` }
  } finally {
    worker.close()
    relay.close()
  }
}

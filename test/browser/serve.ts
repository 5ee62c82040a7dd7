/**
 * What a page under test talks to: the page itself, its script, a place to report to, and WebSocket endpoints. Knows no browser.
 *
 * @module
 */
import * as esbuild from 'esbuild'
import { createReadStream, existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { serveEndpoints } from '../support/websocket-endpoints.ts'

const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** In a page, `support.browser.ts` stands in for a `support.ts` beside it. */
const standIns: esbuild.Plugin = {
  name: 'stand-ins',
  setup ({ onResolve }) {
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const instead = join(resolveDir, path.replace(/\.ts$/, '.browser.ts'))
      return existsSync(instead) ? { path: instead } : undefined
    })
  }
}

/** The files as one script for a page. */
export async function bundle (files: readonly string[]): Promise<string> {
  const { outputFiles: [script] } = await esbuild.build({
    stdin: { resolveDir: root, contents: files.map(file => `import ${JSON.stringify(`./${file}`)}`).join('\n') },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['muxado-source'],
    plugins: [standIns],
    ignoreAnnotations: true, // a package without side effects would lose its tests
    sourcemap: 'inline',
    logLevel: 'warning'
  })
  return script?.text ?? ''
}

const page = (body: string): string => `<!doctype html><meta charset=utf-8><title>muxado</title><div id=mocha></div>
<script>
let sending = Promise.resolve()
const string = (x) => typeof x === 'string' ? x : x && x.stack ? String(x) + '\\n' + x.stack : JSON.stringify(x)
const format = ([first, ...rest]) => [typeof first === 'string' ? first.replace(/%[sdo%]/g, (m) => m === '%%' ? '%' : string(rest.shift())) : string(first), ...rest.map(string)].join(' ')
const tell = (message) => { const body = JSON.stringify(message); sending = sending.then(() => fetch('/report', { method: 'POST', body })).catch(() => {}) }
for (const kind of ['log', 'warn', 'error']) { const real = console[kind]; console[kind] = (...args) => { real.apply(console, args); tell({ kind, text: format(args) }) } }
addEventListener('error', (event) => tell({ kind: 'fatal', text: string(event.error ?? event.message) }))
addEventListener('unhandledrejection', (event) => tell({ kind: 'fatal', text: 'unhandled rejection: ' + string(event.reason) }))
</script>
${body}`

/** A page that runs mocha on its script. */
export const testPage: string = page(`<script src=/mocha.js></script>
<script>mocha.setup({ ui: 'bdd', reporter: 'spec', timeout: 5000, color: false, checkLeaks: false })</script>
<script type=module>import '/script.js'; mocha.run().on('end', function () { tell({ kind: 'end', stats: this.stats }) })</script>`)

/** A page that runs its script alone. */
export const plainPage: string = page('<script type=module src=/script.js></script>')

/** What a page tells: a line for the console, a failure nobody caught, mocha's end, or a result of its own. */
export type Report =
  | { readonly kind: 'log' | 'warn' | 'error' | 'fatal', readonly text: string }
  | { readonly kind: 'end', readonly stats: { readonly passes: number, readonly failures: number } }
  | { readonly kind: 'result', readonly result: unknown }

/** What to serve, and who is told. */
export interface ServeOptions {
  readonly html: string
  readonly script: string
  /** Hears what the page tells. */
  readonly report: (message: Report) => void
  /** Answers what the page asks by `fetch('/ask/WHAT')`. */
  readonly ask: (what: string) => unknown
}

/** Serve a page, and the test endpoints, on a port of their own. */
export async function serve ({ html, script, report, ask }: ServeOptions): Promise<{ url: string, close: () => Promise<void> }> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/'
    if (path === '/report') {
      response.end()
      report(await json(request) as Report)
    } else if (path === '/mocha.js') {
      response.setHeader('content-type', 'text/javascript')
      createReadStream(require.resolve('mocha/mocha.js')).pipe(response)
    } else if (path === '/script.js') {
      response.setHeader('content-type', 'text/javascript').end(script)
    } else if (path.startsWith('/ask/')) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(await ask(path.slice(5))))
    } else if (path === '/') {
      response.setHeader('content-type', 'text/html').end(html)
    } else {
      response.writeHead(404).end()
    }
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error(error)
      response.destroy()
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const endpoints = await serveEndpoints(server)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      await endpoints.close()
      server.close()
      server.closeAllConnections()
    }
  }
}

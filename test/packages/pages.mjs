// The entries that are not for Node alone, bundled for browsers by esbuild and Vite: no module of Node among what they need. And a page built by each that
// echoes over a WebSocket, in a real browser.
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import * as esbuild from 'esbuild'
import { build as vite, createLogger } from 'vite'
import { advice, find } from '../browser/find.ts'
import { launch } from '../browser/launch.ts'
import { check, end, missing, published, run, tarball } from './lib.mjs'
import { source } from './programs.mjs'

/** Tells the server what the page says. */
const hook = `<script>
const tell = (text) => { void fetch('/report', { method: 'POST', body: text }) }
const log = console.log
console.log = (text) => { log(text); tell(String(text)) }
addEventListener('error', (event) => tell('error: ' + event.message))
addEventListener('unhandledrejection', (event) => tell('error: ' + event.reason))
</script>
`

/** Entries for Node alone. All others are for pages, or for runtimes without Node's modules. */
const elsewhere = new Set(['@muxado/node', '@muxado/websocket/node', '@muxado/tunnel', '@muxado/conformance'])
const entries = published().flatMap(({ manifest }) => Object.keys(manifest.exports).map(entry => manifest.name + entry.slice(1)))
const forPages = entries.filter(name => !elsewhere.has(name))

const home = realpathSync(mkdtempSync(join(tmpdir(), 'muxado-pages-')))
try {
  writeFileSync(join(home, 'package.json'), '{ "private": true, "type": "module" }')
  const npm = await run('npm', ['install', '--prefer-offline', '--no-fund', '--no-audit', '--ignore-scripts', '--loglevel=error', ...published().map(({ manifest }) => tarball(manifest)), 'ws@8.23.0'], { cwd: home, timeoutMs: 180_000, shell: process.platform === 'win32' })
  if (check('the packages install', npm.status === 0 ? undefined : npm.output)) {
    for (const name of forPages) await bundled(name)
    await echoed()
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}
end('bundles for browsers, and echoes in pages')

/** The whole of an entry, as a page would have it. */
async function bundled (name) {
  const file = join(home, 'entry.js')
  writeFileSync(file, `import * as all from '${name}'\nconsole.log(Object.keys(all).length)\nfor (const key of Object.keys(all)) console.log(all[key])\n`)
  const sizes = []
  for (const { bundler, bundle } of [{ bundler: 'esbuild', bundle: withEsbuild }, { bundler: 'vite', bundle: withVite }]) {
    const to = join(home, 'bundle', bundler)
    rmSync(to, { recursive: true, force: true })
    const problem = await bundle(file, to).catch(error => error.message)
    const code = problem === undefined ? readdirSync(to).map(part => readFileSync(join(to, part), 'utf8')).join('\n') : ''
    const node = /(?:\bfrom|\bimport|\brequire\()\s*["']node:[^"']+|__vite-browser-external/.exec(code)?.[0]
    check(`${name} by ${bundler}`, problem ?? (code.length < 200 ? `is but ${code.length} bytes` : node === undefined ? undefined : `needs a module of Node: ${node}`))
    sizes.push(`${bundler} ${(code.length / 1024).toFixed(1)} KiB`)
  }
  console.log(`${name.padEnd(24)} ${sizes.join(', ')}, minified`)
}

async function withEsbuild (file, outdir) {
  const { warnings } = await esbuild.build({ absWorkingDir: home, entryPoints: [file], outdir, bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', logLevel: 'silent' })
  return warnings.length === 0 ? undefined : warnings.map(warning => warning.text).join('\n')
}

async function withVite (file, outDir) {
  const said = []
  const logger = createLogger('silent')
  logger.warn = logger.warnOnce = logger.error = message => { said.push(message) }
  const html = file.endsWith('.html')
  await vite({
    root: home,
    configFile: false,
    customLogger: logger,
    build: { outDir, emptyOutDir: true, target: 'es2022', ...html ? {} : { modulePreload: false, rollupOptions: { input: file, output: { entryFileNames: 'entry.js' } } } }
  })
  return said.length === 0 ? undefined : said.join('\n')
}

/** A page that Vite has built from its HTML, and one with a script that esbuild has. */
async function echoed () {
  mkdirSync(join(home, 'src'))
  writeFileSync(join(home, 'src/main.ts'), source('websocket.page.ts'))
  writeFileSync(join(home, 'index.html'), '<!doctype html><meta charset="utf-8"><title>echo</title><script type="module" src="/src/main.ts"></script>\n')
  const built = join(home, 'site')
  const bundlers = [
    { bundler: 'vite', bundle: () => withVite(join(home, 'index.html'), built) },
    {
      bundler: 'esbuild',
      async bundle () {
        rmSync(built, { recursive: true })
        const problem = await withEsbuild(join(home, 'src/main.ts'), join(built, 'src'))
        writeFileSync(join(built, 'index.html'), readFileSync(join(home, 'index.html'), 'utf8').replace('main.ts', 'main.js'))
        return problem
      }
    }
  ]
  const browser = find('chromium')
  if (browser === undefined) missing('chromium', advice('chromium'))
  for (const { bundler, bundle } of bundlers) {
    if (!check(`a page by ${bundler}`, await bundle())) continue
    if (browser !== undefined && check(`the echo of a page by ${bundler}, in ${browser}`, await echo(built, browser))) console.log(`a page by ${bundler} echoes in ${browser}`)
  }
}

/** Show the folder to a browser, with a server of streams beside it; resolves with what went wrong. */
async function echo (folder, program) {
  const { listen } = await import(pathToFileURL(join(home, 'node_modules/@muxado/websocket/dist/node/index.js')).href)
  let settle
  const result = new Promise(resolve => { settle = resolve })
  const said = []
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, 'http://page')
    if (pathname === '/report') {
      said.push(await text(request))
      response.end()
      if (said.at(-1) === 'echo: hello') settle()
      else if (said.at(-1).startsWith('error')) settle(said.join('\n'))
      return
    }
    const path = join(folder, pathname === '/' ? 'index.html' : pathname)
    if (!existsSync(path)) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': { '.html': 'text/html', '.js': 'text/javascript' }[extname(path)] ?? 'text/plain' })
    if (pathname === '/') response.write(hook)
    createReadStream(path).pipe(response)
  }
  const http = createServer((request, response) => { void answer(request, response) }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const server = await listen({ server: http, path: '/streams' })
  void (async () => {
    for await (const session of server) for await (const stream of session) void stream.sink(stream.source)
  })()
  const page = launch('chromium', program, `http://127.0.0.1:${http.address().port}/`)
  const timer = setTimeout(() => { settle(`no echo within 30 s; the page said: ${said.join('\n')}`) }, 30_000)
  void page.gone.then(why => { settle(why) })
  const problem = await result
  clearTimeout(timer)
  await page.close()
  await server.close({ sessions: true })
  http.closeAllConnections()
  http.close()
  return problem
}

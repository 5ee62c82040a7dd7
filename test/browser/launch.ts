/**
 * Starts a browser on one page, headless, with a profile of its own, and ends it with all its children. Knows nothing of tests.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Kind } from './find.ts'

/** What Firefox must not do on its own: first-run pages, updates, telemetry, anything over the network. */
const quiet = [
  'app.update.enabled', 'datareporting.policy.dataSubmissionEnabled', 'toolkit.telemetry.enabled', 'network.captive-portal-service.enabled',
  'network.connectivity-service.enabled', 'browser.shell.checkDefaultBrowser', 'app.normandy.enabled', 'extensions.update.enabled',
  'browser.safebrowsing.malware.enabled', 'services.settings.enabled', 'browser.aboutwelcome.enabled'
]

const chromium = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run', '--no-default-browser-check',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions', '--mute-audio',
  '--remote-debugging-port=0', '--js-flags=--expose-gc'
]

/** A browser's process, with all its children. */
export interface Running {
  /** The folder of its profile, where it writes how to reach it. */
  readonly profile: string
  /** Resolves when it has ended, with how. */
  readonly gone: Promise<string>
  /** End it at once, as a crash would. */
  close (): Promise<void>
}

/** A browser that runs. */
export interface Browser extends Pick<Running, 'gone' | 'close'> {
  /** Bytes that the page's JavaScript holds after a collection, array buffers included. Chromium only. */
  heap (): Promise<number>
}

/** Start `program` on `url`, with further arguments and, in Firefox, preferences. */
export function run (kind: Kind, program: string, url: string, args: readonly string[] = [], preferences: Record<string, number> = {}): Running {
  const profile = mkdtempSync(join(tmpdir(), 'muxado-browser-'))
  if (kind === 'firefox') {
    const prefs = [
      ...quiet.map(name => [name, false]), ['browser.startup.homepage_override.mstone', '"ignore"'], ['datareporting.policy.firstRunURL', '""'],
      ...Object.entries(preferences)
    ]
    writeFileSync(join(profile, 'user.js'), prefs.map(([name, value]) => `user_pref("${name}", ${value});\n`).join(''))
  }
  const own = kind === 'firefox' ? ['--headless', '--no-remote', '--profile', profile] : [...chromium, `--user-data-dir=${profile}`]
  const child = spawn(program, [...own, ...args, url], { stdio: ['ignore', 'ignore', process.env['DEBUG'] !== undefined ? 'inherit' : 'ignore'], detached: true, env: { ...process.env, HOME: profile } })
  const gone = new Promise<string>(resolve => {
    child.on('exit', (code, signal) => { resolve(`the browser ended (${code ?? signal})`) })
    child.on('error', error => { resolve(`the browser did not start: ${error.message}`) })
  })
  const kill = (): void => {
    try {
      process.kill(-(child.pid ?? NaN), 'SIGKILL') // it and all its children are a group
    } catch {} // it has ended already
  }
  process.on('exit', kill)
  return {
    profile,
    gone,
    async close () {
      kill()
      await gone
      process.off('exit', kill)
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    }
  }
}

/** Start `program` on `url`, to be left alone. */
export function launch (kind: Kind, program: string, url: string): Browser {
  const { profile, gone, close } = run(kind, program, url)
  return { gone, close, heap: async () => await heapOf(profile, url) }
}

/** Asked of the browser's debugger, since a page cannot see its array buffers. */
async function heapOf (profile: string, url: string): Promise<number> {
  const file = join(profile, 'DevToolsActivePort')
  while (!existsSync(file)) await sleep(50)
  const [port] = readFileSync(file, 'utf8').split('\n')
  const pages = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json() as Array<{ type: string, url: string, webSocketDebuggerUrl: string }>
  const page = pages.find((one) => one.type === 'page' && one.url.startsWith(url))
  if (page === undefined) throw new Error(`the browser shows no ${url}`)
  const socket = new WebSocket(page.webSocketDebuggerUrl, { perMessageDeflate: false })
  await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject) })
  let lastId = 0
  const ask = (method: string): Promise<Record<string, number>> => new Promise((resolve, reject) => {
    const id = ++lastId
    socket.on('message', function answer (text: Buffer) {
      const message = JSON.parse(text.toString()) as { id: number, result: Record<string, number>, error?: { message: string } }
      if (message.id !== id) return
      socket.off('message', answer)
      if (message.error === undefined) resolve(message.result)
      else reject(new Error(`${method}: ${message.error.message}`))
    })
    socket.send(JSON.stringify({ id, method }))
  })
  await ask('HeapProfiler.collectGarbage')
  const { usedSize = NaN, backingStorageSize = NaN } = await ask('Runtime.getHeapUsage')
  socket.close()
  return usedSize + backingStorageSize
}

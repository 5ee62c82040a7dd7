/**
 * A headless Chromium that is told what to do over its debugger: open pages, evaluate, press keys, take pictures. Knows nothing of tests.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

const flags = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run', '--no-default-browser-check',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions', '--mute-audio', '--remote-debugging-port=0'
]

/** An open tab. */
export interface Tab {
  /** What `expression` gives, awaited. Throws what it throws. */
  evaluate (expression: string): Promise<unknown>
  /** Wait until `expression` is true. Fails after `ms`. */
  until (expression: string, ms?: number): Promise<void>
  /** Press a key as a keyboard does, e.g. `Tab`, `Enter`. */
  press (key: 'Tab' | 'Enter' | ' '): Promise<void>
  /** Type text into what has the focus. */
  type (text: string): Promise<void>
  /** Send a command of the debugger's protocol. */
  ask (method: string, params?: object): Promise<Record<string, unknown>>
  /** What the page has complained about: exceptions, and errors in its console. */
  readonly complaints: readonly string[]
  /** Close the tab, as its user would. */
  close (): Promise<void>
}

/** A Chromium that runs. */
export interface Driven {
  open (url: string): Promise<Tab>
  /** End it with all its tabs. */
  close (): Promise<void>
}

/** Start `program`. */
export async function drive (program: string): Promise<Driven> {
  const profile = mkdtempSync(join(tmpdir(), 'muxado-driven-'))
  const child = spawn(program, [...flags, `--user-data-dir=${profile}`, 'about:blank'], { stdio: 'ignore', detached: true, env: { ...process.env, HOME: profile } })
  const gone = new Promise<void>((resolve) => { child.once('exit', () => { resolve() }).once('error', () => { resolve() }) })
  const kill = (): void => {
    try {
      process.kill(-(child.pid ?? NaN), 'SIGKILL') // it and all its children are a group
    } catch {} // it has ended already
  }
  process.on('exit', kill)
  const file = join(profile, 'DevToolsActivePort')
  for (let i = 0; !existsSync(file) || !readFileSync(file, 'utf8').includes('\n'); i++) {
    if (i > 600) throw new Error('the browser did not start within 30 s')
    await sleep(50)
  }
  const [port = ''] = readFileSync(file, 'utf8').split('\n')
  return {
    async open (url) {
      const made = await (await fetch(`http://127.0.0.1:${port}/json/new?${encodeURIComponent('about:blank')}`, { method: 'PUT' })).json() as { webSocketDebuggerUrl: string, id: string }
      const tab = await attach(made.webSocketDebuggerUrl, async () => { await fetch(`http://127.0.0.1:${port}/json/close/${made.id}`) })
      await tab.ask('Page.navigate', { url })
      return tab
    },
    async close () {
      kill()
      await gone
      process.off('exit', kill)
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    }
  }
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

async function attach (url: string, end: () => Promise<void>): Promise<Tab> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 2 ** 28 })
  await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject) })
  const waiting = new Map<number, (message: Message) => void>()
  const complaints: string[] = []
  let lastId = 0
  socket.on('message', (text: Buffer) => {
    const message = JSON.parse(text.toString()) as Message
    if (message.id !== undefined) waiting.get(message.id)?.(message)
    if (message.method === 'Runtime.exceptionThrown' || (message.method === 'Log.entryAdded' && /"level":"error"/.test(text.toString()))) complaints.push(text.toString().slice(0, 500))
  })
  const ask = async (method: string, params: object = {}): Promise<Record<string, unknown>> => {
    const id = ++lastId
    const answer = new Promise<Message>((resolve) => { waiting.set(id, resolve) })
    socket.send(JSON.stringify({ id, method, params }))
    const { error, result } = await answer
    waiting.delete(id)
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result ?? {}
  }
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await ask('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }) as { result: { value?: unknown }, exceptionDetails?: object }
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails).slice(0, 500))
    return result.value
  }
  const keys = { Tab: ['Tab', 9, ''], Enter: ['Enter', 13, '\r'], ' ': ['Space', 32, ' '] } as const
  for (const domain of ['Page', 'Runtime', 'Log']) await ask(`${domain}.enable`)
  return {
    ask,
    evaluate,
    complaints,
    async until (expression, ms = 15_000) {
      const end = performance.now() + ms
      while (await evaluate(expression).catch(() => false) !== true) {
        if (performance.now() > end) throw new Error(`not within ${ms} ms: ${expression}\n${String(await evaluate('document.body?.innerText').catch(() => ''))}\n${complaints.join('\n')}`)
        await sleep(50)
      }
    },
    async press (key) {
      const [code, number, text] = keys[key]
      const event = { key, code, windowsVirtualKeyCode: number, ...(text === '' ? {} : { text }) }
      await ask('Input.dispatchKeyEvent', { type: 'keyDown', ...event })
      await ask('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
    },
    async type (text) { await ask('Input.insertText', { text }) },
    async close () {
      socket.close()
      await end()
    }
  }
}

/**
 * How a browser is reached and asked: what the debugger of Chromium and WebDriver BiDi have in common. Knows neither's commands.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Running } from './launch.ts'

/** The text that a browser writes into its profile once it can be told something. */
export async function written (browser: Running, name: string, isWhole: (text: string) => boolean): Promise<string> {
  const file = join(browser.profile, name)
  for (let i = 0; ; i++) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    if (isWhole(text)) return text
    if (i > 600) throw new Error('the browser did not start within 30 s')
    await sleep(50)
  }
}

/** What comes over the connection to a browser: an answer, or an event. */
interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown>
  readonly error?: string | { readonly message: string }
  readonly message?: string
}

/** A connection that carries commands with ids, their answers, and events: both protocols are of this shape. */
export interface Wire {
  ask (method: string, params?: object): Promise<Record<string, unknown>>
  close (): void
}

/** Connect; `hear` is told each event. */
export async function wireTo (url: string, hear: (method: string, params: Record<string, unknown>) => void): Promise<Wire> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 2 ** 28 })
  await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject) })
  const waiting = new Map<number, (message: Message) => void>()
  let lastId = 0
  socket.on('message', (text: Buffer) => {
    const message = JSON.parse(text.toString()) as Message
    if (message.id !== undefined) waiting.get(message.id)?.(message)
    if (message.method !== undefined) hear(message.method, message.params ?? {})
  })
  return {
    async ask (method, params = {}) {
      const id = ++lastId
      const answer = new Promise<Message>((resolve) => { waiting.set(id, resolve) })
      socket.send(JSON.stringify({ id, method, params }))
      const { error, message, result } = await answer
      waiting.delete(id)
      if (error !== undefined) throw new Error(`${method}: ${typeof error === 'string' ? `${error} ${message}` : error.message}`)
      return result ?? {}
    },
    close: () => { socket.close() }
  }
}

/**
 * A prompt for a Redis behind the gateway. Knows the panel and the client.
 *
 * @module
 */
import type { Session } from '@muxado/session'
import { Redis, RedisError, type Reply } from '../redis.ts'
import { dial } from '../wish.ts'
import { byId, make, messageOf } from './dom.ts'

/** Lines that are kept. */
const maxLines = 100

/** Wire the panel to whatever session there is. `onOpen` hears of each connection's stream. */
export function redisPanel (session: () => Session | undefined, onOpen: (id: number, title: string, stop: () => void) => void): void {
  const service = byId('service', HTMLInputElement)
  const command = byId('command', HTMLInputElement)
  const output = byId('replies', HTMLOListElement)
  const history: string[] = []
  let at = 0
  let open: { readonly to: string, readonly session: Session, readonly redis: Redis } | undefined

  const print = (text: string, kind: string): void => {
    output.append(make('li', kind, text))
    while (output.children.length > maxLines) output.firstElementChild?.remove()
    output.scrollTop = output.scrollHeight
  }
  const connect = async (): Promise<Redis> => {
    const now = session()
    if (now === undefined) throw new Error('there is no session')
    const to = service.value.trim()
    if (open?.to === to && open.session === now) return open.redis
    open?.redis.close()
    const stream = await dial(now, to, { priority: 5 })
    const redis = new Redis(stream)
    open = { to, session: now, redis }
    onOpen(stream.id, `tcp ${to}`, () => { redis.close() })
    void redis.closed.then(() => { if (open?.redis === redis) open = undefined })
    return redis
  }
  const run = async (line: string): Promise<void> => {
    print(`> ${line}`, 'asked')
    try {
      const redis = await connect()
      const started = performance.now()
      const reply = await redis.send(...splitArguments(line))
      for (const text of showReply(reply)) print(text, reply instanceof RedisError ? 'bad' : '')
      print(`${(performance.now() - started).toFixed(1)} ms`, 'soft')
    } catch (error) {
      print(messageOf(error), 'bad')
    }
  }
  byId('redis-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    const line = command.value.trim()
    if (line === '') return
    history.push(line)
    at = history.length
    command.value = ''
    void run(line)
  })
  command.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
    event.preventDefault()
    at = Math.max(0, Math.min(history.length, at + (event.key === 'ArrowUp' ? -1 : 1)))
    command.value = history[at] ?? ''
  })
}

/** A command line as arguments: spaces part them, double quotes keep them together, a backslash keeps the next character. */
export function splitArguments (line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare = '']) => quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1'))
}

/** A reply as lines, as redis-cli shows them. */
export function showReply (reply: Reply, indent = ''): string[] {
  if (reply === null) return [`${indent}(nil)`]
  if (reply instanceof RedisError) return [`${indent}(error) ${reply.message}`]
  if (reply instanceof Uint8Array) return new TextDecoder().decode(reply.subarray(0, 10_000)).split('\n').map((line) => indent + line)
  if (Array.isArray(reply)) {
    if (reply.length === 0) return [`${indent}(empty)`]
    return reply.slice(0, 100).flatMap((item, i) => [`${indent}${i + 1})`, ...showReply(item, `${indent}   `)])
  }
  return [`${indent}${typeof reply === 'number' ? '(integer) ' : ''}${reply}`]
}

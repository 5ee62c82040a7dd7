/**
 * The page: one session over one WebSocket, and panels around it.
 *
 * @module
 */
import type { Session, TraceFrame } from '@muxado/session'
import { connect } from '@muxado/websocket'
import { Ledger, remembered } from '../ledger.ts'
import { wish } from '../wish.ts'
import { byId, messageOf, say, showBytes } from './dom.ts'
import { download, echo, unread, type Echo, type Job } from './jobs.ts'
import { Log } from './log.ts'
import { plot } from './plot.ts'
import { redisPanel } from './redis-panel.ts'
import { Rows, type Known } from './rows.ts'
import { servePanel } from './serve-panel.ts'

/** Four times a second is live, and leaves the processor to the streams. */
const drawEveryMs = 250

/** What wire 1 begins with (spec 5.1). */
const initialWindow = 65_536

const mib = 2 ** 20
const tokenKey = 'muxado-token'

/** A session with what the page knows of it. */
interface Live {
  readonly session: Session
  readonly ledger: Ledger
  readonly known: Map<number, Known>
}

const status = byId('status', HTMLElement)
const problem = byId('problem', HTMLElement)
const entry = byId('entry', HTMLFormElement)
const tokenField = byId('token', HTMLInputElement)
const again = byId('again', HTMLButtonElement)
const totals = byId('totals', HTMLElement)
const throughput = byId('throughput', HTMLCanvasElement)
const trips = byId('trips', HTMLCanvasElement)
const tripText = byId('trip-text', HTMLElement)
const priority = byId('priority', HTMLSelectElement)
const echoButton = byId('echo', HTMLButtonElement)
const rows = new Rows()
const log = new Log()
let live: Live | undefined
let echoing: Echo | undefined

/** The token of the address, once; it is taken out of it so that it stays in no history and no screenshot. */
function givenToken (): string {
  const { hash } = location
  if (hash.length > 1) {
    sessionStorage.setItem(tokenKey, decodeURIComponent(hash.slice(1)))
    history.replaceState(undefined, '', location.pathname)
  }
  return sessionStorage.getItem(tokenKey) ?? ''
}

async function enter (token: string): Promise<void> {
  entry.hidden = true
  again.hidden = true
  say(problem, '')
  say(status, 'connecting')
  if (token === '') return ask('This page needs the token that the gateway printed.')
  const ledger = new Ledger(initialWindow)
  const trace = (frame: TraceFrame): void => {
    ledger.record(frame)
    log.record(frame)
  }
  let session: Session
  try {
    session = await connect('session', { token, wire: 1, trace, resetBurst: Infinity, maxInbound: 256 })
  } catch (error) {
    await explain(token, error)
    return
  }
  rows.clear()
  live = { session, ledger, known: new Map() }
  say(status, 'connected')
  status.dataset['state'] = 'up'
  void session.closed.then(({ error }) => { lost(error === undefined ? 'the session ended' : `the session ended: ${error.message}`) })
  await learn(session)
}

/** A browser hides why a WebSocket was refused: the gateway tells who asks by fetch. */
async function explain (token: string, error: unknown): Promise<void> {
  const answer = await fetch('check', { headers: { Authorization: `Bearer ${token}` } }).catch(() => undefined)
  if (answer?.status === 401) {
    sessionStorage.removeItem(tokenKey)
    return ask(`The gateway says: ${(await answer.text()).trim()}. It prints the right one when it starts.`)
  }
  lost(answer === undefined ? 'the gateway does not answer' : messageOf(error))
}

function ask (why: string): void {
  say(status, 'not connected')
  say(problem, why)
  entry.hidden = false
  tokenField.focus()
}

function lost (why: string): void {
  echoing = undefined
  say(echoButton, 'Start an echo')
  say(status, 'not connected')
  status.dataset['state'] = 'down'
  say(problem, why)
  again.hidden = false
}

/** What the gateway allows, as advice in the panel. */
async function learn (session: Session): Promise<void> {
  const { stream, answer: { allow } } = await wish(session, { want: 'hello' })
  live?.known.set(stream.id, { title: 'what is allowed' })
  await stream.close()
  const services = Array.isArray(allow) ? allow.map(String) : []
  const field = byId('service', HTMLInputElement)
  if (field.value === '') field.value = services[0] ?? '127.0.0.1:6379'
  say(byId('allowed', HTMLElement), services.length === 0
    ? 'This gateway lets pages reach no service. Start it with --allow 6379 for a Redis on its machine.'
    : `This gateway lets pages reach ${services.join(', ')}.`)
}

async function start (begin: (session: Session, priority: number) => Promise<Job>): Promise<void> {
  if (live === undefined || live.session.state !== 'open') return
  const { known, session } = live
  try {
    const job = await begin(session, Number(priority.value))
    known.set(job.stream.id, { title: job.title, job, stop () { job.stream.reset() } })
    say(problem, '')
  } catch (error) {
    say(problem, messageOf(error))
  }
}

async function toggleEcho (): Promise<void> {
  if (echoing !== undefined) {
    echoing.stream.reset()
    return
  }
  await start(async (session) => {
    const begun = await echo(session, 10)
    echoing = begun
    say(echoButton, 'Stop the echo')
    void begun.stream.closed.then(() => {
      if (echoing === begun) echoing = undefined
      say(echoButton, 'Start an echo')
    })
    return { stream: begun.stream, title: 'echo, 64 B ten times a second', progress: () => undefined, read: undefined }
  })
}

function draw (): void {
  if (live === undefined || document.hidden) return
  const { ledger, known, session } = live
  const { received, sent } = ledger.totals
  plot(throughput, [{ values: received, colour: 'in', fill: true }, { values: sent, colour: 'out', fill: true }], remembered, (top) => `${showBytes(top)}/s`)
  const rtt = session.rtt === undefined ? '' : `, heartbeat ${session.rtt.toFixed(1)} ms`
  say(totals, `${showBytes(received.at(-1) ?? 0)}/s in, ${showBytes(sent.at(-1) ?? 0)}/s out, ${session.stats().streams} streams${rtt}`)
  plot(trips, [{ values: echoing?.trips ?? [], colour: 'trip' }], 300, (top) => `${top.toFixed(1)} ms`)
  const [median, high] = [echoing?.quantile(0.5), echoing?.quantile(0.99)]
  say(tripText, median === undefined || high === undefined
    ? 'no echo'
    : `median ${median.toFixed(1)} ms, 99 of 100 within ${high.toFixed(1)} ms, last ${echoing?.trips.at(-1)?.toFixed(1) ?? ''} ms`)
  rows.draw(ledger, known)
  log.draw()
  for (const id of known.keys()) if (!ledger.entries.has(id)) known.delete(id)
}

const on = (id: string, act: () => Promise<void>): void => {
  byId(id, HTMLButtonElement).addEventListener('click', () => { void act() })
}
on('download-64', () => start((session, level) => download(session, 64 * mib, level)))
on('download-1024', () => start((session, level) => download(session, 1024 * mib, level)))
on('unread', () => start((session, level) => unread(session, 64 * mib, level)))
on('echo', toggleEcho)
on('again', () => enter(givenToken()))
entry.addEventListener('submit', (event) => {
  event.preventDefault()
  sessionStorage.setItem(tokenKey, tokenField.value.trim())
  tokenField.value = ''
  void enter(givenToken())
})
addEventListener('hashchange', () => { if (live?.session.state !== 'open') void enter(givenToken()) })
redisPanel(() => live?.session, (id, title, stop) => live?.known.set(id, { title, stop }))
servePanel(() => live?.session, (id, title) => live?.known.set(id, { title }))
setInterval(() => {
  live?.ledger.tick(performance.now())
  draw()
}, drawEveryMs)
void enter(givenToken())

/**
 * Byte pipes for drivers that do not dial by themselves: TCP and WebSockets over loopback, and a pair in one process.
 *
 * @typedef {{ kind: 'tcp' | 'ws' | 'mem', duplex: import('node:stream').Duplex, ws?: import('ws').WebSocket }} Pipe
 */
import net from 'node:net'
import { duplexPair } from 'node:stream'
import { WebSocket, WebSocketServer, createWebSocketStream } from 'ws'

// 127.0.0.1 to .8 in turn: one connection per stream would otherwise run out of address pairs that are not in TIME_WAIT
let turn = 0
export const nextHost = () => `127.0.0.${1 + turn++ % 8}`

/** @type {(onPipe: (pipe: Pipe) => void) => Promise<{ port: number }>} */
export async function listenTcp (onPipe) {
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {}) // what a lost connection means shows in the workload
    onPipe({ kind: 'tcp', duplex: socket })
  })
  await new Promise((resolve) => server.listen({ port: 0, host: '0.0.0.0', backlog: 4096 }, resolve))
  return { port: server.address().port }
}

/** @type {(address: { port: number }) => Promise<Pipe>} */
export function dialTcp ({ port }) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: nextHost(), noDelay: true, allowHalfOpen: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.removeListener('error', reject)
      socket.on('error', () => {})
      resolve({ kind: 'tcp', duplex: socket })
    })
  })
}

const wsOptions = { perMessageDeflate: false, maxPayload: 0 }

/** The Duplex is made when first asked for, since it takes the messages. */
function wsPipe (ws) {
  ws.on('error', () => {})
  let duplex
  return { kind: 'ws', ws, get duplex () { return duplex ??= createWebSocketStream(ws) } }
}

/** @type {(onPipe: (pipe: Pipe) => void) => Promise<{ port: number }>} */
export async function listenWs (onPipe) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...wsOptions })
  server.on('connection', (ws) => { onPipe(wsPipe(ws)) })
  await new Promise((resolve) => server.once('listening', resolve))
  return { port: server.address().port }
}

/** @type {(address: { port: number }) => Promise<Pipe>} */
export function dialWs ({ port }) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}`, wsOptions)
    ws.once('error', reject)
    ws.once('open', () => {
      ws.removeListener('error', reject)
      resolve(wsPipe(ws))
    })
  })
}

/** @type {() => [Pipe, Pipe]} */
export function pipePair () {
  const [a, b] = duplexPair({ allowHalfOpen: true })
  return [{ kind: 'mem', duplex: a }, { kind: 'mem', duplex: b }]
}

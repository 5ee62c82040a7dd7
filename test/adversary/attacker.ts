/**
 * The attacker: a process of its own that writes an attack's bytes as fast as they are taken or its line allows, and comes back at once when it is
 * thrown out.
 *
 * @module
 */
import * as net from 'node:net'
import { attacks, harmless, type Attack } from './attacks.ts'

/** What to do to whom. */
export interface Order {
  /** The attack's name; harmless traffic if there is none of that name. */
  readonly name: string
  readonly port: number
  readonly bytesPerSecond: number
}

/** What was done so far. */
export interface Deeds {
  readonly sent: number
  /** Connections that ended. */
  readonly thrown: number
}

let sent = 0
let thrown = 0
let stop = (): void => {}

function run ({ name, port, bytesPerSecond }: Order): void {
  const attack = attacks.find((one) => one.name === name) ?? harmless
  const began = performance.now()
  let spent = 0
  let state: 'running' | 'over' = 'running'
  const sockets = new Set<net.Socket>()

  const dial = (connection: number): void => {
    if (state === 'over') return
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('end', () => { socket.destroy() })
    socket.on('close', () => {
      sockets.delete(socket)
      thrown++
      setImmediate(dial, connection)
    })
    if (attack.reads === false) socket.pause()
    else socket.resume()
    socket.once('connect', () => { pour(socket, attack) })
  }

  function pour (socket: net.Socket, { script, drops = false }: Attack, blocks = script(0)): void {
    const again = (): void => { pour(socket, attack, blocks) }
    while (!socket.destroyed && state === 'running') {
      const early = spent / bytesPerSecond * 1000 - (performance.now() - began)
      if (early > 1) {
        setTimeout(again, early)
        return
      }
      const { value, done } = blocks.next()
      if (done === true) {
        if (drops) socket.destroy()
        return
      }
      sent += value.length
      spent += value.length
      if (!socket.write(value)) {
        socket.once('drain', again)
        return
      }
    }
  }

  stop = () => {
    state = 'over'
    for (const socket of sockets) socket.destroy()
  }
  for (let connection = 0; connection < (attack.connections ?? 1); connection++) dial(connection)
}

process.on('message', (order: Order | 'stop' | 'report') => {
  const deeds: Deeds = { sent, thrown }
  if (order !== 'report') stop()
  if (typeof order !== 'string') run(order)
  process.send?.(deeds)
})
process.on('disconnect', () => { process.exit() })

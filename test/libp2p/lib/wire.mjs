// A connection in memory for measurements: hands bytes over once a turn of the event loop and says when it is full, as a socket does.
// libp2p's own pair waits for a timer on each 64 KiB, and that is all one would measure.
import { AbstractMultiaddrConnection } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'

/** Bytes on their way at which `send` returns false. Arbitrary: some sockets' worth. */
const FULL = 262_144

export const silent = Object.assign(() => {}, { error () {}, trace () {}, enabled: false, newScope: () => silent })

class Wire extends AbstractMultiaddrConnection {
  peer
  #way = []
  #bytes = 0

  sendData (data) {
    const { byteLength } = data
    if (this.#way.length === 0) setImmediate(() => this.#deliver())
    this.#way.push(data)
    this.#bytes += byteLength
    return { sentBytes: byteLength, canSendMore: this.#bytes < FULL }
  }

  #deliver () {
    const full = this.#bytes >= FULL
    const way = this.#way
    this.#way = []
    this.#bytes = 0
    for (const data of way) if (this.peer.status === 'open') this.peer.onData(data)
    if (full && this.status === 'open') this.safeDispatchEvent('drain')
  }

  async sendClose () {
    setImmediate(() => { if (this.peer.status === 'open') this.peer.onTransportClosed() })
  }

  sendReset () {
    setImmediate(() => { if (this.peer.status === 'open') this.peer.onRemoteReset() })
  }

  sendPause () {}
  sendResume () {}
}

/** Two ends of one connection, the dialler's first. */
export function wirePair () {
  const end = (direction, port) => new Wire({ direction, log: silent, remoteAddr: multiaddr(`/ip4/127.0.0.1/tcp/${port}`) })
  const [a, b] = [end('outbound', 2), end('inbound', 1)]
  a.peer = b
  b.peer = a
  return [a, b]
}

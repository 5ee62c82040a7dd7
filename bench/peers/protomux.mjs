/**
 * Message channels of the Holepunch stack. They have no half-close: message type 0 carries bytes, type 1 stands for the end, and the channel is
 * closed when both ends have said it.
 */
import c from 'compact-encoding'
import FramedStream from 'framed-stream'
import Protomux from 'protomux'

export const label = 'protomux 3.12.1 + framed-stream'
export const caveat = 'message channels, not byte streams; backpressure for the whole connection only'
export const kinds = ['tcp', 'ws', 'mem']
export const rounds = { most: 2 }
export const skip = { W1L: 'as W1', W4u: 'has no priorities' }
export const bundle = "export { default as Protomux } from 'protomux'; export { default as FramedStream } from 'framed-stream'"

/** @returns {import('../lib/streams.mjs').BenchStream} */
function streamOn (mux, id) {
  const early = []
  let take = (chunk) => { early.push(chunk) }
  let ended
  const end = new Promise((resolve) => { ended = resolve })
  let roomy
  const sides = { theirs: 'open', ours: 'open' }
  const closeWhenDone = () => { if (sides.theirs === 'ended' && sides.ours === 'ended') channel.close() }
  const theyEnd = () => {
    sides.theirs = 'ended'
    ended()
  }
  const channel = mux.createChannel({
    protocol: 'bench', id, unique: true,
    onclose: theyEnd,
    ondrain: () => roomy?.()
  })
  const data = channel.addMessage({ encoding: c.raw, onmessage: (chunk) => { take(chunk) } })
  const eof = channel.addMessage({
    encoding: c.none,
    onmessage () {
      theyEnd()
      closeWhenDone()
    }
  })
  channel.open()
  return {
    write: (bytes) => data.send(bytes) ? undefined : new Promise((resolve) => { roomy = resolve }),
    end () {
      sides.ours = 'ended'
      eof.send(null)
      closeWhenDone()
    },
    async consume (onData) {
      take = (chunk) => { void onData(chunk) }
      early.splice(0).forEach(take)
      await end
    }
  }
}

export async function connect (pipe) {
  const mux = new Protomux(new FramedStream(pipe.duplex))
  let streams = 0
  return {
    open () {
      const id = Buffer.allocUnsafe(4)
      id.writeUInt32BE(++streams)
      return streamOn(mux, id)
    }
  }
}

export function serve (pipe, onStream) {
  const mux = new Protomux(new FramedStream(pipe.duplex))
  mux.pair({ protocol: 'bench' }, (id) => { onStream(streamOn(mux, id)) })
}

/** What both drivers of ours share: a session over TCP or a WebSocket as users get one, or over a pipe in this process. */
import { connect, fromSocket, listen } from '@muxado/node'
import { createSession } from '@muxado/session'
import * as websocket from '@muxado/websocket/node'
import { nextHost } from './transport.mjs'

// The limits that W5 and the churn workloads meet on purpose, raised for the peers likewise.
const raised = { maxInbound: 1e6, memoryBudget: 2 ** 40 }

/** @type {(shape: (stream: import('@muxado/session').Stream) => import('./streams.mjs').BenchStream) => object} the exports of a driver */
export function createDriver (shape) {
  const mux = (session) => ({ open: ({ urgent = false } = {}) => shape(session.open(urgent ? { priority: 1 } : undefined)) })
  const take = async (session, onStream) => {
    for await (const stream of session) onStream(shape(stream))
  }
  // Ten thousand heartbeats are what S2 does not ask for
  const options = ({ workload, params }) => ({ ...raised, ...(workload === 'S2' ? { heartbeat: false } : {}), ...params })
  return {
    async dial ({ port }, context) {
      if (context.kind === 'ws') return mux(await websocket.connect(`ws://127.0.0.1:${port}/muxado`, options(context)))
      return mux(await connect({ ...options(context), port, host: nextHost() }))
    },
    async listen (onStream, context) {
      const { wire = 1 } = context.params
      const server = context.kind === 'ws'
        ? await websocket.listen({ ...options(context), host: '127.0.0.1', wires: [wire] })
        : await listen({ ...options(context), port: 0, host: '0.0.0.0' })
      const accept = async () => {
        for await (const session of server) void take(session, onStream)
      }
      void accept()
      return { port: server.port }
    },
    async connect (pipe, context) {
      return mux(createSession(fromSocket(pipe.duplex), { ...options(context), role: 'client' }))
    },
    serve (pipe, onStream, context) {
      void take(createSession(fromSocket(pipe.duplex), { ...options(context), role: 'server' }), onStream)
    }
  }
}

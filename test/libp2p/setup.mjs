// What libp2p itself misses on Node 20. Ours does without; its own code, and the suites, do not.
import { WebSocket } from 'ws'

Promise.withResolvers ??= function () {
  const deferred = {}
  deferred.promise = new this((resolve, reject) => Object.assign(deferred, { resolve, reject }))
  return deferred
}
globalThis.WebSocket ??= WebSocket

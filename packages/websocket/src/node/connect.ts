/**
 * `connect` with the socket of the package `ws`, which every Node has and which can be told headers and certificates.
 *
 * @module
 */
import type { Session } from '@muxado/session'
import { WebSocket } from 'ws'
import { connect as connectAnywhere } from '../connect.ts'
import type { ConnectOptions } from '../types.ts'
import { flushAfterMicrotasks } from './schedule.ts'

/** As `connect` of `@muxado/websocket`, over `ws`: `socketOptions` are its `ClientOptions`. The session keeps the process alive while it is open. */
export function connect (url: string | URL, options: ConnectOptions = {}): Promise<Session> {
  return connectAnywhere(url, { WebSocket, schedule: flushAfterMicrotasks, ...options })
}

// What tests use of Workers' own module.
declare module 'cloudflare:sockets' {
  import type { StreamSocket } from '@muxado/websocket/workers'
  interface Socket extends StreamSocket {
    readonly opened: Promise<object>
  }
  export function connect (address: { hostname: string, port: number }, options?: { allowHalfOpen?: boolean }): Socket
}
declare module 'mocha/mocha.js' {}

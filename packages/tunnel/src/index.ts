/**
 * The two ends of the tunnel, for programs that want them without the command.
 *
 * @module
 */
export { runAgent } from './agent.ts'
export type { AgentOptions } from './agent.ts'
export { openConsole } from './console/console.ts'
export type { Console, ConsoleOptions } from './console/console.ts'
export { startGateway } from './gateway.ts'
export type { Gateway, GatewayOptions } from './gateway.ts'
export { JoinRefused } from './join.ts'
export type { Figures } from './live.ts'
export { createStop } from './signals.ts'
export type { Stop } from './signals.ts'
export type { Address } from './values.ts'

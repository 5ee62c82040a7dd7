/**
 * Asks a muxado endpoint which rules of the protocol it keeps, for programs that want that without the command.
 *
 * @module
 */
export { COMMANDS } from './case.ts'
export type { Afterwards, Case, Lab, Level, More, Need } from './case.ts'
export { cases } from './cases/index.ts'
export { dial, listen, NoConnection } from './endpoint.ts'
export type { Endpoint } from './endpoint.ts'
export { junit } from './junit.ts'
export type { Frame } from './reader.ts'
export { reportText } from './report.ts'
export { choose, matches, run } from './run.ts'
export type { Report, Result, Settings } from './run.ts'
export type { Heard } from './heard.ts'
export type { Talk } from './talk.ts'
export type { Kind, Reason, Role, Terms, WireNumber, Writer } from './wire.ts'

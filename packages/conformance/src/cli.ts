#!/usr/bin/env node
/**
 * The `muxado-conformance` command.
 *
 * @module
 */
import { main } from './main.ts'

// Whoever reads our output may stop reading (`| head`): no reason to die half way.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})
process.exitCode = await main(process.argv.slice(2), {
  out: (text) => { process.stdout.write(text) },
  err: (text) => { process.stderr.write(text) }
})

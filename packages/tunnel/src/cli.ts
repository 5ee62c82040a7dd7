#!/usr/bin/env node
/**
 * The `muxado` command.
 *
 * @module
 */
import { main } from './main.ts'

await main(process.argv.slice(2))

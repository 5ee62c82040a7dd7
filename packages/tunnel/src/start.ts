/**
 * What `npm start` runs: `muxado start` with whatever follows.
 *
 * @module
 */
import { main } from './main.ts'

await main(['start', ...process.argv.slice(2)])

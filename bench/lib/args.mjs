/**
 * The command line of `npm run bench`. `--help` prints what bench/README.md says of it; what it does not take is told in a line, with exit code 2.
 */
import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const text = /** @type {const} */ ({ type: 'string' })
const flag = /** @type {const} */ ({ type: 'boolean', default: false })
const options = {
  workloads: text, peers: text, rounds: { ...text, default: '5' }, pin: { ...text, default: 'auto' }, node: { ...text, default: process.execPath },
  set: { ...text, multiple: true, default: [] }, retries: { ...text, default: '2' }, quick: flag, check: flag, cold: flag, calm: { ...text, default: '0' },
  syscalls: flag, prof: text, out: text, merge: text, report: text, chart: text, page: text, to: text, json: flag, built: flag,
  help: { ...flag, short: 'h' }
}

/** The command line is wrong: say why, and end. */
export function refuse (why) {
  console.error(`${why}; --help says what there is`)
  process.exit(2)
}

function numberOf (name, text, least, most) {
  const number = /^\d+$/.test(text) ? Number(text) : NaN
  return number >= least && number <= most ? number : refuse(`--${name} must be a whole number from ${least} to ${most}, not '${text}'`)
}

function usage () {
  return /^(?: {4}.*\n)+/m.exec(readFileSync(new URL('../README.md', import.meta.url), 'utf8'))[0].replaceAll(/^ {4}/gm, '').trimEnd()
}

/** What was asked for, with numbers as numbers. Does not return for `--help`, nor when the command line is wrong. */
export function readArgs (argv = process.argv.slice(2)) {
  // A look at the names before parseArgs complains in words of its own
  for (const token of parseArgs({ args: argv, options, allowPositionals: true, strict: false, tokens: true }).tokens) {
    if (token.kind === 'positional') refuse(`'${token.value}' is one word too many`)
    if (token.kind !== 'option') continue
    const { type } = options[token.name] ?? refuse(`there is no option ${token.rawName}`)
    if (type === 'boolean' && token.value !== undefined) refuse(`${token.rawName} takes no value`)
    if (type === 'string' && (token.value === undefined || (token.inlineValue === false && /^-\D/.test(token.value)))) refuse(`${token.rawName} needs a value`)
  }
  const { values } = parseArgs({ args: argv, options })
  if (values.help) {
    console.log(usage())
    process.exit(0)
  }
  for (const pair of values.set) if (!/^\w+=\d+(?:\.\d+)?$/.test(pair)) refuse(`--set takes NAME=NUMBER, not '${pair}'`)
  if (!/^(?:auto|none|\d+,\d+)$/.test(values.pin)) refuse(`--pin takes auto, none or two cores, 0,1, not '${values.pin}'`)
  for (const name of ['report', 'chart', 'page']) if (values[name] !== undefined && !existsSync(values[name])) refuse(`--${name}: there is no file ${values[name]}`)
  if (!/^\d+$/.test(values.node) && !existsSync(values.node)) refuse(`--node takes a major version or a path, not '${values.node}'`)
  return {
    ...values,
    rounds: numberOf('rounds', values.rounds, 1, 1000),
    retries: numberOf('retries', values.retries, 0, 100),
    calm: numberOf('calm', values.calm, 0, 3600)
  }
}

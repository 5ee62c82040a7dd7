// The command line of a tool: `--help` prints what it takes, and what it does not take is told in a line, with exit code 2. Reads no file.
import { parseArgs } from 'node:util'

/**
 * What the command line says, as `parseArgs` gives it. `words` are the positional arguments that may be: names, `'any'`, or none.
 * Does not return for `--help`, nor when the command line is wrong.
 */
export function commandLine (usage, options = {}, words = [], argv = process.argv.slice(2)) {
  const known = { ...options, help: { type: 'boolean', short: 'h', default: false } }
  // A look at the names before parseArgs complains in words of its own
  for (const token of parseArgs({ args: argv, options: known, allowPositionals: true, strict: false, tokens: true }).tokens) {
    if (token.kind !== 'option') continue
    const { type } = known[token.name] ?? refuse(`there is no option ${token.rawName}`)
    if (type === 'boolean' && token.value !== undefined) refuse(`${token.rawName} takes no value`)
    if (type === 'string' && (token.value === undefined || (token.inlineValue === false && /^-\D/.test(token.value)))) refuse(`${token.rawName} needs a value`)
  }
  const { values, positionals } = parseArgs({ args: argv, options: known, allowPositionals: true, strict: false })
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  const stray = words === 'any' ? [] : positionals.filter(word => !words.includes(word))
  if (stray.length > 0) refuse(words.length === 0 ? `'${stray[0]}' is one word too many` : `there is no ${stray.join(', ')}, but ${words.join(', ')}`)
  return { values, positionals }
}

/** The number that an option was given: whole unless told otherwise, and within its bounds. */
export function numberOf (name, text, { least = 0, most = Infinity, whole = true } = {}) {
  const number = text.trim() === '' ? NaN : Number(text)
  if (number >= least && number <= most && (!whole || Number.isInteger(number) || number === Infinity)) return number
  const bounds = most === Infinity ? `from ${least} on` : `from ${least} to ${most}`
  return refuse(`${name} must be a ${whole ? 'whole ' : ''}number ${bounds}, not '${text}'`)
}

/** The names that an option was given, with commas between them, each of which has to be among `names`. */
export function namesOf (name, text, names) {
  const given = text.split(',')
  const stray = given.filter(one => !names.includes(one))
  return stray.length === 0 ? given : refuse(`${name} takes ${names.join(', ')}, not '${stray.join(', ')}'`)
}

/** The command line is wrong: say why, and end. */
export function refuse (why) {
  console.error(`${why}; --help says what there is`)
  process.exit(2)
}

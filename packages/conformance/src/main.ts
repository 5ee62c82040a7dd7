/**
 * From a command line to an exit code.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { type Command, parseCommand, type RunCommand, UsageError } from './args.ts'
import { dial, type Endpoint, listen, NoConnection } from './endpoint.ts'
import { HELP } from './help.ts'
import { junit } from './junit.ts'
import { reportText } from './report.ts'
import { choose, run, type Settings } from './run.ts'

/** Where text goes. */
export interface Output {
  out (text: string): void
  err (text: string): void
}

/** Run the command. Resolves with the exit code: 0 all passed, 1 some failed, 2 the command line is wrong, 3 there is no connection. */
export async function main (argv: readonly string[], output: Output): Promise<number> {
  try {
    return await carryOut(parseCommand(argv), output)
  } catch (error) {
    output.err(`muxado-conformance: ${error instanceof Error ? error.message : String(error)}\n`)
    if (error instanceof UsageError) output.err("Try 'muxado-conformance --help'.\n")
    else if (process.env['MUXADO_DEBUG'] !== undefined && error instanceof Error) output.err(`${error.stack}\n`)
    return error instanceof UsageError ? 2 : error instanceof NoConnection ? 3 : 1
  }
}

async function carryOut (command: Command, output: Output): Promise<number> {
  switch (command.name) {
    case 'help':
      output.out(HELP)
      return 0
    case 'version': {
      const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string } // our own file
      output.out(`muxado-conformance ${version}\n`)
      return 0
    }
    case 'list':
      output.out(listText(command.settings))
      return 0
    case 'run': return await test(command, output)
    default: return command satisfies never
  }
}

async function test (command: RunCommand, output: Output): Promise<number> {
  const { url, dials, insecure, settings, verbose, json } = command
  const endpoint = dials ? dial(url, { insecure }) : await hall(url)
  try {
    if (!dials) output.err(`waiting for the endpoint to dial ${endpoint.url}\n`)
    const report = await run(endpoint, settings)
    if (report.results.length === 0) throw new UsageError('No case is left: --only, --level, --wire and --role together fit none')
    if (json !== '-') output.out(reportText(report, { verbose }))
    await write(json, `${JSON.stringify(report, undefined, 2)}\n`, output)
    await write(command.junit, junit(report), output)
    return report.failed === 0 ? 0 : 1
  } finally {
    endpoint.close()
  }
}

/** Where an endpoint dials; a place where nobody can listen is a place without a connection. */
async function hall (url: string): Promise<Endpoint> {
  try {
    return await listen(url)
  } catch (error) {
    throw new NoConnection(`cannot listen at ${url}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

async function write (file: string | undefined, text: string, output: Output): Promise<void> {
  if (file === '-') output.out(text)
  else if (file !== undefined) await writeFile(file, text)
}

function listText (settings: Settings): string {
  const roles = settings.role === undefined ? ['client', 'server'] as const : [settings.role]
  const chosen = new Set(roles.flatMap((role) => [true, false].flatMap((typed) => choose({ ...settings, role, typed: settings.typed === true && typed }))))
  const lines = [...chosen].map(({ id, level, title, needs }) => `${id} (${level}${needs.length === 0 ? '' : `, needs ${needs.join(' and ')}`}): ${title}`)
  return `${lines.join('\n')}\n${lines.length} cases in wire ${settings.wire}\n`
}

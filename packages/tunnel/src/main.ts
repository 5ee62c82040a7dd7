/**
 * From a command line to an exit code. Whatever goes wrong ends here as one message; a stack trace only when MUXADO_DEBUG is set.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { parseCommand, type Command } from './args.ts'
import { expose, gateway, start } from './commands.ts'
import { Display } from './live.ts'
import { stopOnSignals } from './signals.ts'
import { isSupervised } from './supervise.ts'
import { UsageError } from './values.ts'

/** Run the command and set the exit code: 0 done or ended by a signal, 1 it could not be done, 2 the command line is wrong. */
export async function main (argv: readonly string[]): Promise<void> {
  // Whoever reads our output may stop reading (`| head`): no reason to die with requests under way.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  try {
    await run(parseCommand(argv, process.env))
    process.exitCode = 0
  } catch (error) {
    process.exitCode = error instanceof UsageError ? 2 : 1
    report(error)
  }
}

async function run (command: Command): Promise<void> {
  const display = new Display(process.stdout)
  switch (command.name) {
    case 'help':
      process.stdout.write(command.text)
      return
    case 'version':
      process.stdout.write(`muxado ${await version()}\n`)
      return
    case 'start': return await start(command, display, stopOnSignals())
    case 'gateway': return await gateway(command, display, stopOnSignals())
    case 'expose': return await expose(command, display, stopOnSignals(isSupervised()))
    default: return command satisfies never
  }
}

function report (error: unknown): void {
  if (!(error instanceof Error)) {
    process.stderr.write(`muxado: ${String(error)}\n`)
    return
  }
  process.stderr.write(`muxado: ${explain(error)}\n`)
  if (error instanceof UsageError) process.stderr.write(`Try 'muxado ${error.topic === '' ? '' : `${error.topic} `}--help'.\n`)
  if (process.env['MUXADO_DEBUG'] !== undefined) process.stderr.write(`${error.stack ?? ''}\n`)
}

function explain (error: Error & { code?: string, port?: number, address?: string, path?: string }): string {
  const where = `${error.address ?? ''}:${error.port ?? ''}`
  switch (error.code) {
    case 'EADDRINUSE': return `${where} is in use. Stop what listens there, or choose another port: --port ${(error.port ?? 0) + 1}, or --port 0 for any`
    case 'EACCES': return error.port === undefined
      ? `no permission to read ${error.path ?? 'a file'}`
      : `no permission to listen at ${where}: ports below 1024 need privileges. Choose another: --port 8080`
    case 'EADDRNOTAVAIL': return `${error.address ?? 'the --host address'} is no address of this machine. For all of its addresses: --host 0.0.0.0`
    case 'ENOTFOUND': return `there is no host of that name: ${error.message}`
    case 'ENOENT': return `there is no file ${error.path ?? ''}`
    default: return error.message
  }
}

async function version (): Promise<string> {
  const { version: text } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string } // our own file
  return text
}

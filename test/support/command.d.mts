import type { parseArgs, ParseArgsConfig } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>

type Help = { readonly help: { readonly type: 'boolean', readonly short: 'h', readonly default: false } }

/**
 * What the command line says, as `parseArgs` gives it. `words` are the positional arguments that may be: names, `'any'`, or none.
 * Does not return for `--help`, nor when the command line is wrong.
 */
export function commandLine<const T extends Options> (
  usage: string, options?: T, words?: readonly string[] | 'any', argv?: readonly string[]
): Pick<ReturnType<typeof parseArgs<{ options: T & Help, allowPositionals: true }>>, 'values' | 'positionals'>

/** The number that an option was given: whole unless told otherwise, and within its bounds. */
export function numberOf (name: string, text: string, bounds?: { readonly least?: number, readonly most?: number, readonly whole?: boolean }): number

/** The names that an option was given, with commas between them, each of which has to be among `names`. */
export function namesOf (name: string, text: string, names: readonly string[]): string[]

/** The command line is wrong: say why, and end. */
export function refuse (why: string): never

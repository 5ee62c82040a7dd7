// How a step of the gate begins and ends: the tree that it checks; and one line that says what was checked, or the problems and what to do about them.
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandLine, refuse } from '../support/command.mjs'

/** Options that only one step has, and what its help says of them. */
const own = { size: { options: { parts: { type: 'boolean', default: false } }, help: '--parts    what each package adds to each bundle' } }

/** The command line of the step that this process runs. Elsewhere, where a step's functions are used, it is not for us. */
function read (file) {
  if (dirname(file) !== dirname(fileURLToPath(import.meta.url))) return { root: process.cwd(), values: {} }
  const step = basename(file, '.mjs')
  const { options, help = '' } = own[step] ?? {}
  const about = /^(?:\/\/.*\n)+/.exec(readFileSync(file, 'utf8'))?.[0].replaceAll(/^\/\/ /gm, '') ?? ''
  const { values, positionals: [root = process.cwd(), extra] } = commandLine(`${about}\nnode test/gate/${step}.mjs [FOLDER]   check the tree in FOLDER, or here\n${help}`.trim(), options, 'any')
  if (extra !== undefined) refuse(`'${extra}' is one word too many`)
  if (!existsSync(root)) refuse(`there is no folder ${root}`)
  return { root, values }
}

/** The tree to check, and what else the command line says. */
export const { root, values } = read(process.argv[1] ?? '')

/**
 * Print the outcome and set the exit code. A step that found nothing to check has failed: something moved and nobody told it.
 * @param {{ checked: number, what: string, problems: string[], remedy: string }} outcome
 */
export function finish ({ checked, what, problems, remedy }) {
  if (checked === 0) problems.push(`nothing to check: no ${what}`)
  if (problems.length === 0) {
    console.log(`${checked} ${what}`)
    return
  }
  for (const problem of problems) console.log(problem)
  console.log(`What to do: ${remedy}`)
  process.exitCode = 1
}

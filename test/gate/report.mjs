// How a step of the gate ends: one line that says what was checked, or the problems and what to do about them.

/** The tree to check: the first argument, else where we stand. */
export const root = process.argv.slice(2).find(arg => !arg.startsWith('--')) ?? process.cwd()

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

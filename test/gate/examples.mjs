// Every program in examples/ is short, runs by itself, ends with 0, says nothing on stderr and prints what its last line promises.
import { join } from 'node:path'
import { list, text } from './files.mjs'
import { finish, root } from './report.mjs'
import { judge } from './run-file.mjs'

const problems = []
const files = list(root, 'examples', '.ts')
for (const file of files) {
  const source = text(root, file)
  const lines = source.trimEnd().split('\n').length
  if (lines > 60) problems.push(`${file}: ${lines} lines, at most 60`)
  const wrong = await judge(join(root, file), source, { cwd: root })
  if (wrong !== undefined) problems.push(`${file}: ${wrong}`)
}

finish({
  checked: files.length,
  what: `examples run: ${files.map(file => file.slice('examples/'.length, -'.ts'.length)).join(', ')}`,
  problems,
  remedy: 'run it as `node --import ./test/ts.mjs --conditions=muxado-source examples/NAME.ts` and mend it, or its promise.'
})

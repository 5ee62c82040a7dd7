// The TypeScript blocks of the front page and of the packages' pages are programs: they type-check, run and print what they promise.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packages, text } from './files.mjs'
import { blocks } from './markdown.mjs'
import { finish, root } from './report.mjs'
import { judge, project } from './run-file.mjs'

const problems = []
const programs = []
// inside the tree, so that the packages' names resolve as for anything else in it
const dir = join(root, '.build/readme')
rmSync(dir, { recursive: true, force: true })
mkdirSync(dir, { recursive: true })
for (const page of ['README.md', ...packages(root).map(room => `packages/${room}/README.md`)]) {
  if (!existsSync(join(root, page))) {
    problems.push(`${page}: does not exist`)
    continue
  }
  for (const { language, text: source, line } of blocks(text(root, page))) {
    if (!/^(ts|typescript|js|javascript)$/.test(language)) continue
    const file = join(dir, `${page.replace(/[^a-z]+/gi, '-').toLowerCase()}-${line}.ts`)
    writeFileSync(file, source)
    programs.push({ page, line, file, source })
  }
}
if (!programs.some(({ page }) => page === 'README.md')) problems.push('README.md: shows no TypeScript (a ```ts block)')

if (programs.length > 0) {
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({
    extends: '../../test/tsconfig.json', compilerOptions: { tsBuildInfoFile: './tsbuildinfo' }, include: ['./*.ts'], references: []
  }))
  const { status, stdout } = spawnSync(process.execPath, [join(project, 'node_modules/typescript/bin/tsc'), '-p', dir, '--pretty', 'false'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) problems.push('does not type-check (the file name ends in the line of its block):', ...stdout.trim().split('\n').slice(0, 12).map(line => `  ${line}`))
}
for (const { page, line, file, source } of programs) {
  const wrong = await judge(file, source, { cwd: root })
  if (wrong !== undefined) problems.push(`${page}:${line}: ${wrong}`)
}

finish({
  checked: programs.length,
  what: `programs from ${new Set(programs.map(({ page }) => page)).size} pages type-checked and run`,
  problems,
  remedy: 'make the block a whole program that works as it stands; mark what is only a fragment as ```text.'
})

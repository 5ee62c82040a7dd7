// The workflows of GitHub: YAML as its parser has it, commands that exist, and a release that nobody can make without the gate.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { json, text } from '../gate/files.mjs'
import { check, end, root } from './lib.mjs'

const { scripts } = json(root, 'package.json')
const own = new Set(['ci', 'install'])

/** What is wrong with a workflow. */
function problems (name, source) {
  const document = parseDocument(source, { strict: true, uniqueKeys: true })
  const found = [...document.errors, ...document.warnings].map(({ message }) => message.split('\n')[0])
  if (found.length > 0) return found
  const { on, permissions, jobs } = document.toJS() ?? {}
  if (on === undefined || jobs === undefined || Object.keys(jobs).length === 0) return ['says not when, or not what']
  if (permissions === undefined || Object.values(permissions).includes('write')) found.push('the whole of it may do more than read')
  const runs = ({ steps }) => (steps ?? []).flatMap(({ run }) => run === undefined ? [] : run.trim().split('\n'))
  for (const [id, job] of Object.entries(jobs)) {
    const say = what => { found.push(`${id}: ${what}`) }
    if (job['runs-on'] === undefined || job['timeout-minutes'] === undefined) say('says not where it runs, or for how long at most')
    if (!Array.isArray(job.steps) || job.steps.length === 0) say('has no steps')
    for (const need of [job.needs ?? []].flat()) if (!(need in jobs)) say(`needs ${need}, which is no job`)
    for (const step of job.steps ?? []) {
      if ((step.uses === undefined) === (step.run === undefined)) say('a step either uses or runs something')
      if (step.uses !== undefined && !/^[\w-]+\/[\w./-]+@(?:v\d+(?:\.\d+)*|[\da-f]{40})$/.test(step.uses)) say(`${step.uses}: of which version?`)
    }
    for (const command of runs(job)) {
      for (const m of command.matchAll(/\bnpm (run )?([a-z][\w:-]*)/g)) if (!(m[2] in scripts) && (m[1] !== undefined || !own.has(m[2]))) say(`${m[0]}: package.json has no such script`)
      for (const m of command.matchAll(/\b(?:bash|node) ([\w./-]+)/g)) if (!existsSync(join(root, m[1]))) say(`${m[1]} is not there`)
    }
  }
  const gates = Object.entries(jobs).filter(([, job]) => runs(job).includes('bash .ci/run')).map(([id]) => id)
  if (gates.length === 0) found.push('nowhere runs the gate, `bash .ci/run`')
  for (const [id, job] of Object.entries(jobs)) {
    const publishes = runs(job).some(command => /\bnpm (?:run release|publish)\b|\bdeno publish\b/.test(command))
    const mayProve = job.permissions?.['id-token'] === 'write'
    if (publishes && !(name === 'release.yml' && JSON.stringify(on) === '{"push":{"tags":["v*"]}}')) found.push(`${id}: publishes, but by a tag of release.yml alone`)
    if (publishes && ![job.needs ?? []].flat().some(need => gates.includes(need))) found.push(`${id}: publishes what no gate has seen`)
    if (publishes !== mayProve) found.push(`${id}: ${publishes ? 'publishes, and may not say who it is (id-token: write)' : 'may say that it is us (id-token: write), and does not publish'}`)
  }
  if (name === 'release.yml' && !Object.values(jobs).some(job => runs(job).some(command => command === 'npm run release -- "$GITHUB_REF_NAME"'))) found.push('does not run `npm run release` with its tag')
  return found
}

const folder = '.github/workflows'
const files = readdirSync(join(root, folder))
for (const name of ['ci.yml', 'release.yml']) check(name, files.includes(name) ? undefined : `${folder} has none`)
for (const name of files) {
  const found = problems(name, text(root, `${folder}/${name}`))
  if (check(`${folder}/${name}`, found.length === 0 ? undefined : found.join('\n'))) console.log(`${folder}/${name} is in order`)
}

// and that each of these is found
const release = text(root, `${folder}/release.yml`)
const faults = [
  ['YAML that is none', release.replace('jobs:', 'jobs: ['), /./],
  ['a key that stands twice', `${release}name: again\n`, /unique/i],
  ['a script that is not there', release.replace('npm run release', 'npm run gone'), /npm run gone: package\.json has no such script/],
  ['a file that is not there', release.replace('bash .ci/run', 'bash .ci/walk'), /\.ci\/walk is not there/],
  ['an action of any version', release.replace('checkout@v4', 'checkout@main'), /checkout@main: of which version/],
  ['a need that is no job', release.replace('needs: gate', 'needs: [gate, luck]'), /needs luck/],
  ['a release without the gate', release.replace('needs: gate', 'needs: []'), /publishes what no gate has seen/],
  ['a release of every push', release.replace("tags: ['v*']", 'branches: [main]'), /by a tag of release\.yml alone/],
  ['a release that cannot say who it is', release.replace('id-token: write', 'id-token: none'), /may not say who it is/],
  ['a gate that may say that it is us', release.replace('    timeout-minutes: 60\n', '    timeout-minutes: 60\n    permissions:\n      id-token: write\n'), /does not publish/],
  ['a workflow that may write', release.replace('  contents: read\nconcurrency', '  contents: write\nconcurrency'), /may do more than read/],
  ['a job without an end', release.replace('    timeout-minutes: 15\n', ''), /for how long at most/],
  ['a release of nothing', release.replace('npm run release -- "$GITHUB_REF_NAME"', 'npm ci'), /does not run `npm run release`/]
]
for (const [title, source, complaint] of faults) {
  const found = problems('release.yml', source)
  check(`finds ${title}`, source !== release && found.some(problem => complaint.test(problem)) ? undefined : `says ${found.join('; ') || 'nothing'}`)
}
end(`of ${files.length} workflows, and of faults put into one`)

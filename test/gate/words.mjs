// House rules of wording that neither compiler nor linter knows.
import { list, text } from './files.mjs'
import { finish, root } from './report.mjs'

/** Each rule: where, what not, why not. */
const rules = [
  { where: /\.spec\.ts$/, not: /\b(?:it|describe|context)\.(?:only|skip)\b|\bthis\.skip\(|\bx(?:it|describe)\(/, why: 'a test runs always, or is not there' },
  { where: /\.spec\.ts$/, not: /\bit\(\s*['"`](?:should|test)\b/i, why: 'a title states the situation as a plain sentence: "refuses ...", not "should refuse ..."' },
  { where: /packages\/[^/]+\/src\//, not: /^\s*(?:private|protected|public)\s+(?:readonly\s+)?[\w#]+/, why: 'private is #' },
  { where: /packages\/[^/]+\/src\//, not: /\bas any\b|\benum\s+\w+\s*\{|^\s*namespace\s/, why: 'only erasable syntax, and no any' },
  { where: /packages\/[^/]+\/src\//, not: /^\s*\/\/\s*(?:[-=*#]{4,}|(?:const|let|if|for|return|await)\b.*[;{(]\s*$)/, why: 'no banners, no code in comments' },
  { where: /./, not: /(?<![\w.:/])\/(?:home|Users|root|work)\/\w/, why: 'a path of one machine' },
  { where: /packages\/[^/]+\/src\//, not: /istanbul ignore|c8 ignore(?! (?:next|start|stop|else|if))/, why: 'say with `c8 ignore next` what cannot happen, one place at a time' }
]

const problems = []
const files = ['packages', 'test', 'examples', 'bench', 'docs'].flatMap(dir => ['.ts', '.mjs', '.md'].flatMap(suffix => list(root, dir, suffix)))
  .filter(file => file !== 'test/gate/words.mjs' && file !== 'test/gate/steps.spec.ts')
for (const file of files) {
  const apply = rules.filter(({ where }) => where.test(file))
  text(root, file).split('\n').forEach((line, i) => {
    for (const { not, why } of apply) if (not.test(line)) problems.push(`${file}:${i + 1}: ${why}: ${line.trim().slice(0, 90)}`)
  })
}

finish({
  checked: files.length,
  what: `files hold to ${rules.length} rules of wording`,
  problems,
  remedy: 'reword the line; CONTRIBUTING.md says how our code reads.'
})

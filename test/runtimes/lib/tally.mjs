// Counts of a run of mocha, from what its reporter `spec` printed: the same in every runtime. Knows nothing of runtimes.

/** Tests that passed, by what they are about; and the others. */
export function tally (output) {
  const result = { transports: new Set(), contract: 0, sessions: new Set(), session: 0, failed: 0, skipped: 0 }
  const path = []
  for (const line of output.split('\n')) {
    if (/^\s+\d+ passing\b/.test(line)) break // the failures follow, with the same titles
    const [, indent, mark, title] = /^( +)(✔|✓|√|-|\d+\))? ?(\S.*)$/.exec(line) ?? []
    if (title === undefined) continue
    const depth = indent.length / 2
    path.length = depth
    if (mark === undefined) {
      path[depth] = title
      continue
    }
    const transport = path.find(heading => heading?.endsWith(' as a Transport'))
    const session = path.find(heading => / as a session, wire \d$/.test(heading ?? ''))
    if (transport !== undefined) result.transports.add(transport)
    if (session !== undefined) result.sessions.add(session)
    if (mark === '-') result.skipped++
    else if (/\d/.test(mark)) result.failed++
    else if (transport !== undefined) result.contract++
    else result.session++
  }
  return { ...result, transports: result.transports.size, sessions: result.sessions.size }
}

/** What mocha says about failures, or the end of an output that never came so far. */
export function trouble (output) {
  const at = output.search(/^\s+\d+ passing\b/m)
  return at < 0 ? output.trim().split('\n').slice(-15) : output.slice(at).trim().split('\n').slice(0, 60)
}

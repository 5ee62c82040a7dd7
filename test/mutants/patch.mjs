// Puts a mutant's text in place of the original's. Knows nothing of what it means.

/** The mutant that this process runs with: MUXADO_MUTANT holds it as JSON. */
export const mutant = process.env.MUXADO_MUTANT === undefined ? undefined : JSON.parse(process.env.MUXADO_MUTANT)

/** `source` of the file at `url` or path, changed if it is the mutant's. */
export function patch (path, source) {
  if (mutant === undefined || !path.replaceAll('\\', '/').endsWith(`/packages/${mutant.file}`)) return source
  const parts = source.split(mutant.search)
  if (parts.length !== 2) throw new Error(`the mutant ${mutant.name} does not apply: ${parts.length - 1} places in packages/${mutant.file}`)
  return parts.join(mutant.replace)
}

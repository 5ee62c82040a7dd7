// Markdown as the checks need it: headings with their anchors, links, fenced blocks. Knows nothing of what is right.

/** Fenced blocks: language, text, line of the opening fence. */
export function blocks (source) {
  return [...source.matchAll(/^( *)(```+)([^\n`]*)\n([^]*?)^ *\2 *$/gm)].map(m => ({
    language: m[3].trim(), text: m[4].replace(new RegExp(`^${m[1]}`, 'gm'), ''), line: source.slice(0, m.index).split('\n').length
  }))
}

/** The text with fenced blocks blanked, lines kept. */
export function prose (source) {
  return source.replace(/^( *)(```+)[^\n`]*\n[^]*?^ *\2 *$/gm, block => block.replace(/[^\n]/g, ''))
}

/** Heading texts without their marks. */
export function headings (source) {
  return [...prose(source).matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(m => m[1])
}

/** Anchors as GitHub makes them: lower case, punctuation gone, spaces to hyphens, -1, -2 for repeats; and explicit `id`s. */
export function anchors (source) {
  const found = new Set([...prose(source).matchAll(/<[a-z0-9]+[^>]*\b(?:id|name)="([^"]+)"/g)].map(m => m[1]))
  const seen = new Map()
  for (const heading of headings(source)) {
    const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
    const slug = shown.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replace(/ /g, '-')
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    found.add(times === 0 ? slug : `${slug}-${times}`)
  }
  return found
}

/** Targets of inline and reference links and of images, with their lines. */
export function links (source) {
  const body = prose(source).replace(/`[^`\n]*`/g, span => ' '.repeat(span.length))
  const at = index => body.slice(0, index).split('\n').length
  return [
    ...[...body.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map(m => ({ target: m[1], line: at(m.index) })),
    ...[...body.matchAll(/^ *\[[^\]]+\]: +<?(\S+?)>?(?: +".*")?$/gm)].map(m => ({ target: m[1], line: at(m.index) }))
  ]
}

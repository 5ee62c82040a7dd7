// What mocha's build for pages expects and a worker has not. Imported before mocha, which looks at its first touch.
const lines: string[] = []
Object.assign(globalThis, { location: { search: '', href: '' }, window: globalThis })
for (const kind of ['log', 'warn', 'error'] as const) console[kind] = (...args: unknown[]) => { lines.push(format(args)) }

/** All that was printed. */
export function printed (): string {
  return lines.join('\n')
}

function format ([first = '', ...rest]: unknown[]): string {
  const text = String(first).replace(/%[sdo%]/g, (mark) => mark === '%%' ? '%' : String(rest.shift()))
  return [text, ...rest.map(String)].join(' ')
}

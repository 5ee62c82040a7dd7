/**
 * The few words for the DOM that the page needs. Knows nothing of muxado.
 *
 * @module
 */

/** The element with this id, which must be of this kind. */
export function byId<T extends Element> (id: string, kind: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`)
  return found
}

/** A new element with a class and children. */
export function make<K extends keyof HTMLElementTagNameMap> (tag: K, className = '', ...children: Array<Node | string>): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  element.append(...children)
  return element
}

/** Set an element's text, when it differs: what did not change is not read out again, nor laid out. */
export function say (element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** A colour of the style sheet, as it is now. */
export function colour (name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`)
}

/** Bytes with a unit, as people read them. */
export function showBytes (bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  let value = bytes
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[unit] ?? ''}`
}

/** What went wrong, in its own words. */
export function messageOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

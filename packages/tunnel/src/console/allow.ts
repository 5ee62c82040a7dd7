/**
 * Which TCP services pages may reach. Deny by default.
 *
 * @module
 */
import { type Address, parseAddress, showAddress } from '../values.ts'

/** The services that were named, and no others. */
export class AllowList {
  readonly #services = new Map<string, Address>()

  /** Each address as it may be asked for. */
  constructor (services: readonly Address[]) {
    for (const service of services) this.#services.set(key(service), service)
  }

  /** For messages. */
  get names (): string[] {
    return [...this.#services.values()].map(showAddress)
  }

  /**
   * The service that a page means. Names are compared as they are written, never by what they resolve to: a page cannot rename its way in, and
   * where a name leads is up to the resolver of whoever wrote the list.
   */
  find (to: unknown): Address | undefined {
    if (typeof to !== 'string') return undefined
    try {
      return this.#services.get(key(parseAddress(to, 'to', '127.0.0.1', false)))
    } catch {
      return undefined
    }
  }
}

function key (address: Address): string {
  return showAddress(address).toLowerCase()
}

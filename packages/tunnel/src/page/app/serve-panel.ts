/**
 * The panel for serving from this tab. Knows the panel; what is served is in site.ts.
 *
 * @module
 */
import type { Session } from '@muxado/session'
import { serve, type Handler, type Served } from '../serve.ts'
import { byId, make, messageOf, say } from './dom.ts'
import { site } from './site.ts'

/** Requests that stay listed. */
const maxListed = 20

/** Wire the panel to whatever session there is. `onOpen` hears of each name's stream. */
export function servePanel (session: () => Session | undefined, onOpen: (id: number, title: string) => void): void {
  const name = byId('serve-name', HTMLInputElement)
  const text = byId('serve-text', HTMLTextAreaElement)
  const file = byId('serve-file', HTMLInputElement)
  const button = byId('serve-button', HTMLButtonElement)
  const status = byId('serve-status', HTMLElement)
  const commands = byId('serve-commands', HTMLElement)
  const list = byId('served', HTMLOListElement)
  let served: Served | undefined

  const inner = site(() => ({ text: text.value, file: file.files?.[0] }))
  const handler: Handler = async (request, about) => {
    const answer = await inner(request, about)
    list.prepend(make('li', '', `${answer.status} ${request.method} ${new URL(request.url).pathname}`))
    while (list.children.length > maxListed) list.lastElementChild?.remove()
    return answer
  }
  const show = (): void => {
    button.textContent = served === undefined ? 'Start serving' : 'Stop serving'
    name.disabled = served !== undefined
    commands.hidden = served === undefined
    if (served === undefined) return
    const { url } = served
    commands.textContent = `curl ${url}\ncurl -N ${url}count\ncurl -N -T. ${url}echo\ncurl -O ${url}file`
  }
  const start = async (): Promise<void> => {
    const now = session()
    if (now === undefined) throw new Error('there is no session')
    const begun = await serve(now, name.value.trim(), handler)
    served = begun
    onOpen(begun.id, `holds the name ${begun.name}`)
    say(status, 'serving, for as long as this tab is open')
    void begun.closed.then(() => {
      served = undefined
      say(status, 'not serving')
      show()
    })
  }
  byId('serve-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    if (served !== undefined) {
      served.close()
      return
    }
    button.disabled = true
    start().catch((error: unknown) => { say(status, messageOf(error)) }).finally(() => {
      button.disabled = false
      show()
    })
  })
}

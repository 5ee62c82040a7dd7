/**
 * What the demo page does in the browser. Text only.
 *
 * @module
 */

/** A classic script. */
export const script: string = String.raw`
'use strict'
const $ = (id) => document.getElementById(id)
const MiB = 1048576

const clock = new EventSource('/events')
let events = 0
clock.onmessage = (event) => {
  events += 1
  const sent = new Date(event.data)
  $('clock').textContent = sent.toLocaleTimeString()
  $('clock-note').textContent = events === 1 ? 'the first event came at once' : events + ' events, one a second'
}
clock.onerror = () => { $('clock-note').textContent = 'interrupted; the browser tries again' }

const form = $('ws-form')
const sent = []
let wait = 500
const log = (list, text, soft) => {
  const item = document.createElement('li')
  item.textContent = text
  if (soft) item.className = 'soft'
  list.prepend(item)
  while (list.children.length > 20) list.lastChild.remove()
}
let socket
const connect = () => {
  socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/ws')
  socket.onopen = () => {
    wait = 500
    sent.length = 0
    form.querySelector('button').disabled = false
    log($('ws-log'), 'connected', true)
  }
  socket.onmessage = (event) => {
    const ms = performance.now() - sent.shift()
    log($('ws-log'), event.data + ' (' + ms.toFixed(1) + ' ms)')
  }
  socket.onclose = () => {
    if (!form.querySelector('button').disabled) log($('ws-log'), 'the connection broke; trying again', true)
    form.querySelector('button').disabled = true
    setTimeout(connect, wait)
    wait = Math.min(wait * 2, 10000)
  }
}
connect()
form.onsubmit = (event) => {
  event.preventDefault()
  if (socket.readyState !== 1) return
  sent.push(performance.now())
  socket.send($('ws-text').value)
}

const act = (button, output, work) => {
  button.onclick = async () => {
    button.disabled = true
    try {
      await work((text) => { output.textContent = text })
    } catch (error) {
      output.textContent = 'failed: ' + error.message
    }
    button.disabled = false
  }
}
const speed = (bytes, started) => (bytes / MiB / ((performance.now() - started) / 1000)).toFixed(0) + ' MiB/s'

act($('measure'), $('measured'), async (say) => {
  const started = performance.now()
  const response = await fetch('/download/64M', { cache: 'no-store' })
  if (!response.ok) throw new Error('status ' + response.status)
  const reader = response.body.getReader()
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.length
    say((bytes / MiB).toFixed(0) + ' MiB')
  }
  say(bytes / MiB + ' MiB at ' + speed(bytes, started))
})

act($('upload'), $('uploaded'), async (say) => {
  const bytes = new Uint8Array(8 * MiB)
  for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536))
  say('sending')
  const started = performance.now()
  const response = await fetch('/echo', { method: 'POST', body: bytes })
  if (!response.ok) throw new Error('status ' + response.status)
  const back = new Uint8Array(await response.arrayBuffer())
  const taken = speed(2 * bytes.length, started)
  const same = back.length === bytes.length && back.every((byte, i) => byte === bytes[i])
  say(same ? 'all 8 MiB came back unchanged, ' + taken : 'what came back differs')
})

act($('slow'), { set textContent (text) { log($('slow-log'), text, true) } }, async () => {
  const response = await fetch('/slow', { cache: 'no-store' })
  if (!response.ok) throw new Error('status ' + response.status)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    for (const line of value.trim().split('\n')) log($('slow-log'), line)
  }
})
`

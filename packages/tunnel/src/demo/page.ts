/**
 * The demo site's page: what the server saw, and things to try. Text only; without scripts it still says the most of it.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http'
import { script } from './script.ts'
import { style } from './style.ts'

/** The site's icon: two streams in one pipe. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#2f5bd7"/>
<path d="M5 11h6c5 0 5 10 10 10h6M5 21h6c5 0 5-10 10-10h6" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>
</svg>
`

const inside = 'This page comes from a small web server that nothing can reach from outside. An agent next to it joined the public ' +
  'entrance and carries each request over a muxado stream of its own.'
const beside = 'This request came to the demo server directly. Open the address of the public entrance to see the same page through muxado.'

/** The page for a request with these headers. */
export function page (raw: readonly string[], headers: IncomingHttpHeaders): string {
  const through = (headers.via ?? '').includes('muxado')
  const host = escape(String(headers['x-forwarded-host'] ?? headers.host ?? 'this host'))
  const base = `http://${host}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${through ? 'Through the tunnel' : 'Not through the tunnel'} · muxado</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<style>${style}</style>
</head>
<body>
<header>
<h1>${through ? 'You are looking through the tunnel' : 'You are beside the tunnel'}</h1>
<p>${through ? inside : beside}</p>
<ol class="way" aria-label="The way of this page">
<li>your browser</li>
<li class="${through ? 'lit' : 'dim'}">entrance<small>${through ? host : 'not used'}</small></li>
<li class="${through ? 'lit' : 'dim'}">agent<small>${through ? 'one stream a request' : 'not used'}</small></li>
<li>demo server<small>pid ${process.pid}</small></li>
</ol>
</header>
<main>
<section aria-labelledby="clock-title">
<h2 id="clock-title">A clock that streams</h2>
<p>Server-sent events: nothing on the way may hold them back.</p>
<p class="figure"><output id="clock">starting</output></p>
<p class="soft" id="clock-note" role="status">waiting for the first event</p>
</section>
<section aria-labelledby="echo-title">
<h2 id="echo-title">A WebSocket that echoes</h2>
<form id="ws-form">
<label for="ws-text">Say something</label>
<div class="row"><input id="ws-text" value="hello" autocomplete="off"><button disabled>Send</button></div>
</form>
<ul id="ws-log" class="log" aria-live="polite"><li class="soft">connecting</li></ul>
</section>
<section aria-labelledby="down-title">
<h2 id="down-title">Bulk, there and back</h2>
<p>Downloads are made as they are sent: any size costs no memory, and each keeps its own pace. Uploads to <code>/echo</code> come back as they are.</p>
<p class="row">
<a class="button" href="/download/1M">1 MiB</a>
<a class="button" href="/download/64M">64 MiB</a>
<a class="button" href="/download/1G">1 GiB</a>
</p>
<p class="row"><button id="measure" type="button">Measure 64 MiB</button> <output id="measured" class="soft" role="status"></output></p>
<p class="row"><button id="upload" type="button">Send 8 MiB and compare</button> <output id="uploaded" class="soft" role="status"></output></p>
</section>
<section aria-labelledby="slow-title">
<h2 id="slow-title">A slow answer</h2>
<p>A line a second from <code>/slow</code>, while all else goes on.</p>
<p class="row"><button id="slow" type="button">Start</button></p>
<ul id="slow-log" class="log" aria-live="polite"></ul>
</section>
<section class="wide" aria-labelledby="curl-title">
<h2 id="curl-title">From a terminal</h2>
<pre>curl ${base}/headers
curl -N ${base}/events
curl -o /dev/null ${base}/download/1G
echo hello | curl --data-binary @- ${base}/echo
curl -N --limit-rate 10K ${base}/slow</pre>
</section>
<section class="wide" aria-labelledby="saw-title">
<h2 id="saw-title">What the server saw</h2>
${through ? '<p class="soft">The coloured lines were added on the way.</p>\n' : ''}<div class="scroll" tabindex="0" role="region" aria-labelledby="saw-title"><table>
<thead><tr><th scope="col">Header</th><th scope="col">Value</th></tr></thead>
<tbody>
${rows(raw)}</tbody>
</table></div>
</section>
</main>
<footer><p>To expose a server of yours instead: <code>npm start -- --expose 3000</code></p></footer>
<script>${script}</script>
</body>
</html>
`
}

function rows (raw: readonly string[]): string {
  let out = ''
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const added = /^(x-forwarded-|via$)/i.test(name) ? ' class="added"' : ''
    out += `<tr${added}><th scope="row">${escape(name)}</th><td>${escape(raw[i + 1] ?? '')}</td></tr>\n`
  }
  return out
}

function escape (text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

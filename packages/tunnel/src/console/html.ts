/**
 * The page, before its script fills it. Text only.
 *
 * @module
 */

/** A document. Its script and style come from the same address, and nothing else does. */
export const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Streams · muxado</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<script type="module" src="/script.js"></script>
</head>
<body>
<a class="skip" href="#streams-title">Skip to the streams</a>
<header>
<h1>Streams over one WebSocket</h1>
<p class="row" role="status"><span id="status" class="pill">starting</span> <span id="totals" aria-live="off"></span></p>
<p id="problem" class="bad" role="alert"></p>
<form id="entry" class="row" hidden>
<label for="token">Token</label>
<input id="token" type="password" autocomplete="off" required>
<button>Enter</button>
</form>
<button id="again" type="button" hidden>Connect again</button>
<noscript><p class="bad">This page draws what its script sees: it needs JavaScript.</p></noscript>
</header>
<main>
<section aria-labelledby="try-title">
<h2 id="try-title">Open some streams</h2>
<p class="row">
<button id="download-64" type="button">Download 64 MiB</button>
<button id="download-1024" type="button">Download 1 GiB</button>
<button id="echo" type="button">Start an echo</button>
<button id="unread" type="button">Open one that nobody reads</button>
</p>
<p class="row">
<label for="priority">Priority of the next</label>
<select id="priority"><option value="0">0, bulk</option><option value="1">1</option><option value="5">5</option><option value="10">10, urgent</option></select>
</p>
<p class="soft">Downloads share the line in turn, and a larger priority goes first. The echo has 10: look at its round trips beside downloads. A stream that nobody reads
costs its window and stalls no other.</p>
</section>
<section aria-labelledby="plot-title">
<h2 id="plot-title">Throughput, the last half minute</h2>
<canvas id="throughput" class="plot" role="img" aria-label="Throughput over time; the figures are above"></canvas>
<p class="legend"><span class="in">received</span> <span class="out">sent</span></p>
<h3 id="trips-title">Round trips of the echo</h3>
<canvas id="trips" class="plot low" role="img" aria-labelledby="trips-title trip-text"></canvas>
<p id="trip-text" class="soft">no echo</p>
</section>
<section class="wide" aria-labelledby="streams-title">
<h2 id="streams-title" tabindex="-1">Streams</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="streams-title">
<table>
<thead><tr><th scope="col">Id</th><th scope="col">What</th><th scope="col">State</th><th scope="col">Window</th><th scope="col">Priority</th><th scope="col">Bytes</th><th scope="col">Rate</th><th scope="col"><span class="hidden">Actions</span></th></tr></thead>
<tbody id="streams"></tbody>
</table>
</div>
<p id="streams-more" class="soft"></p>
</section>
<section aria-labelledby="serve-title">
<h2 id="serve-title">Serve from this tab</h2>
<form id="serve-form">
<label for="serve-name">Name</label>
<div class="row"><input id="serve-name" value="demo" maxlength="40" pattern="[a-z0-9]([a-z0-9\\-]*[a-z0-9])?" title="lower-case letters, digits and inner hyphens" autocomplete="off" required>
<button id="serve-button">Start serving</button></div>
<label for="serve-text">Text at /</label>
<textarea id="serve-text" rows="2">Hello from a browser tab.</textarea>
<label for="serve-file">File at /file</label>
<input id="serve-file" type="file">
</form>
<p id="serve-status" class="soft" role="status">not serving</p>
<pre id="serve-commands" tabindex="0" aria-label="Commands to try" hidden></pre>
<ol id="served" class="log" aria-label="Requests that this tab has answered"></ol>
</section>
<section aria-labelledby="redis-title">
<h2 id="redis-title">A Redis behind the gateway</h2>
<p id="allowed" class="soft"></p>
<form id="redis-form">
<label for="service">Service</label>
<input id="service" autocomplete="off" spellcheck="false" required>
<label for="command">Command</label>
<div class="row"><input id="command" placeholder="PING" autocomplete="off" autocapitalize="off" spellcheck="false"><button>Send</button></div>
</form>
<ol id="replies" class="log" role="log" tabindex="0" aria-label="Replies"></ol>
</section>
<section class="wide" aria-labelledby="frames-title">
<h2 id="frames-title">Frames</h2>
<div class="row">
<label for="filter">Filter</label>
<input id="filter" placeholder="data #5 fin -wndinc" autocomplete="off" spellcheck="false" aria-describedby="filter-note">
<button id="pause" type="button" aria-pressed="false">Pause</button>
<button id="clear" type="button">Clear</button>
</div>
<p class="soft"><span id="filter-note">All words must be there; #5 is that stream, -word must not be there.</span> <span id="frames-note"></span></p>
<ol id="frames" class="log tall" tabindex="0" aria-label="Frames, the newest first"></ol>
</section>
</main>
</body>
</html>
`

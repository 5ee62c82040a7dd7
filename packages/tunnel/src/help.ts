/**
 * What `--help` says. Text only.
 *
 * @module
 */

const main = `muxado: a public HTTP entrance for a server that is private

Usage
  muxado start   [--expose TARGET] [--port PORT]     entrance and agent on this machine, to look at or to develop with
  muxado gateway [--port PORT] [--join ADDRESS]      the public entrance, and where agents join it
  muxado expose  TARGET --to ADDRESS                 the agent: joins a gateway and exposes TARGET through it

  muxado COMMAND --help                              all options of a command, with examples
  muxado --version

Every public request travels over its own muxado stream, inside the one connection that the agent opened outwards:
the private side needs no open port, and no slow reader holds up the others.

Try it
  npm start                                          then open http://127.0.0.1:8080
  npm start -- --expose 3000                         your own server on port 3000 instead of the demo site
`

const entrance = `  --port PORT            port of the public entrance; 0 takes any free one (default 8080)
  --host HOST            address the public entrance listens on (default 127.0.0.1: this machine only)
  --timeout SECONDS      wait this long for the first byte of an answer, then 504 (default 60)
  --max-requests N       requests under way at once; more get 503 (default 10000)
  --drain SECONDS        on Ctrl-C, wait this long for requests under way (default 10); a second Ctrl-C does not wait
  --trust-proxy          keep and extend the X-Forwarded-* headers of clients: only behind a proxy that sets them`

const page = `  --tabs ADDRESS         where clients ask tabs, at /t/NAME/ (default: the port after the page's, or any free one)
  --tabs-url URL         what clients of tabs call that, where a proxy stands before it (default: as it is bound)
  --allow HOST:PORT      a TCP service that the page may reach; may be given several times (default: none)
  --page-origin ORIGIN   pages of this origin may connect instead of our own; may be given several times`

const start = `muxado start: the public entrance and an agent beside it, on this machine

Usage
  muxado start [--expose TARGET] [--port PORT] [options]

Options
  --expose TARGET        what to expose: a port of this machine, HOST:PORT, or 'demo', the built-in site (default demo)
  --page ADDRESS         the page: PORT (of 127.0.0.1) or HOST:PORT (default: the port after --port, or any free one)
  --no-page              no page
${page}
${entrance}
  --help                 this text

The agent is a process of its own that joins over TCP on 127.0.0.1; when it dies it is started again.

Examples
  muxado start                                       the demo site on http://127.0.0.1:8080
  muxado start --expose 3000                         what listens on port 3000 of this machine
  muxado start --allow 6379                          the page reaches Redis on this machine
  muxado start --expose 192.168.1.7:80 --port 0      a server of the local network, on any free port
  npm start -- --expose 3000                         the same from a clone of the project
`

const gateway = `muxado gateway: the public entrance, and where agents join it

Usage
  muxado gateway [--port PORT] [--join ADDRESS] [--token TOKEN] [options]

Options
  --join ADDRESS         where agents join: PORT (of 127.0.0.1) or HOST:PORT (default 7835); 0 takes any free port
  --token TOKEN          what agents must show; better set MUXADO_TOKEN, which other users of this machine cannot see.
                         Required when --join is not a loopback address
  --tls-cert FILE        certificate chain (PEM): agents then join over TLS
  --tls-key FILE         its private key (PEM)
  --page ADDRESS         a page that looks at streams, reaches what --allow names and serves from tabs: PORT (of 127.0.0.1)
                         or HOST:PORT. Whoever opens it needs MUXADO_PAGE_TOKEN, or else the token that is printed
${page}
${entrance}
  --help                 this text

The agent that joined last gets the requests; those that joined before stand by for it.

Examples
  muxado gateway                                     public on 127.0.0.1:8080, agents join on 127.0.0.1:7835
  MUXADO_TOKEN=s3cret muxado gateway --host 0.0.0.0 --port 80 --join 0.0.0.0:7835
  MUXADO_TOKEN=s3cret muxado gateway --join 0.0.0.0:7835 --tls-cert chain.pem --tls-key key.pem
`

const expose = `muxado expose: the agent, which joins a gateway and exposes a private HTTP server through it

Usage
  muxado expose TARGET --to ADDRESS [--token TOKEN] [options]

  TARGET                 what to expose: a port of this machine, HOST:PORT, or 'demo', the built-in site

Options
  --to ADDRESS           the gateway's join address, PORT (of 127.0.0.1) or HOST:PORT; tls://HOST:PORT joins over TLS
  --token TOKEN          what the gateway asks for; better set MUXADO_TOKEN, which other users of this machine cannot see
  --tls-ca FILE          trust the certificates in FILE (PEM) instead of the usual authorities
  --name NAME            how the gateway's log calls this agent (default: the host name)
  --drain SECONDS        on Ctrl-C, wait this long for requests under way (default 10); a second Ctrl-C does not wait
  --help                 this text

When the connection breaks it joins again, for ever, after 0.25 to 30 seconds.

Examples
  muxado expose 3000 --to 7835
  MUXADO_TOKEN=s3cret muxado expose 3000 --to gateway.example:7835
  MUXADO_TOKEN=s3cret muxado expose localhost:3000 --to tls://gateway.example:7835 --tls-ca chain.pem
`

/** The help of a subcommand; of the whole command for any other word. */
export function help (topic: string): string {
  return new Map([['start', start], ['gateway', gateway], ['expose', expose]]).get(topic) ?? main
}

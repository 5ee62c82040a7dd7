/**
 * What `--help` says. Text only.
 *
 * @module
 */

/** The text. */
export const HELP = `muxado-conformance: points at a muxado endpoint and says which rules of docs/PROTOCOL.md it keeps

Usage
  muxado-conformance tcp://HOST:PORT [options]            dials the endpoint, as the client
  muxado-conformance --listen tcp://HOST:PORT [options]   waits for an endpoint that dials, as the server

  The endpoint has to echo: it accepts every stream, sends back each byte that it reads as soon as it can, and half-closes a
  stream when it has read its end. One that dials has to dial again whenever a connection has ended. The README says more.

Where
  tcp://HOST:PORT, unix:PATH, tls://HOST:PORT (to dial only)
  --insecure             do not check the certificate of a tls:// endpoint
  --wait SECONDS         with --listen: how long the endpoint may take to dial (default 30)

What both ends were set up for
  --wire 1|2             the dialect (default 1)
  --role client|server   the role of this command; the endpoint has the other (default: client, with --listen server)
  --untyped              wire 2: streams have no types
  --window BYTES         the initial window (default 65536 in wire 1, 262144 in wire 2)

What the endpoint does beside its echo; cases that need more are skipped, and say so
  --opens                it opens three streams when a session starts, says 'hello' on each and echoes on them
  --asks                 it opens a heartbeat stream and pings
  --obeys WORDS          commands that it obeys, of goaway,close,reset,finish,hold; or 'all'

Which cases
  --only PATTERN         those whose name starts with PATTERN, '*' standing for anything; may be given several times
  --level LEVELS         those of these levels, of must,should,survive (default all)
  --list                 print the cases and what they ask, and run nothing

How
  --timeout SECONDS      what a case may take (default 5)
  --jobs N               cases that run at once (default 4)
  --verbose              a line for each case that passed, too
  --json FILE            write the report as JSON, too; '-' for standard output, instead of the text
  --junit FILE           write the report as JUnit XML, too
  --help, --version

Exit status: 0 all passed, 1 some failed, 2 the command line is wrong, 3 there is no connection.

Examples
  muxado-conformance tcp://127.0.0.1:7000 --wire 1
  muxado-conformance tls://mux.example:443 --wire 2 --untyped --only 2. --only 3.2-syn
  muxado-conformance --listen tcp://127.0.0.1:7000 --wire 2 --opens --obeys goaway,close --junit report.xml
`

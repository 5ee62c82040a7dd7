/**
 * The parser's states: what the next bytes belong to. The first three want a whole run of bytes, the next three take what comes; the first two are
 * between frames. Bundlers put numbers that come from a module of their own in place of their names.
 *
 * @module
 */
/** A header, or what there is of one. */
export const AT_HEADER = 0
/** After a GOAWAY of wire 1 whose length may lie: the next eight bytes decide. */
export const AT_GUESS = 1
/** The fixed body of a control frame. */
export const AT_CONTROL = 2
/** Payload that a stream takes. */
export const AT_BODY = 3
/** A body that nobody wants. */
export const AT_SKIP = 4
/** Debug data of a GOAWAY. */
export const AT_DEBUG = 5

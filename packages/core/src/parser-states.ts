/**
 * The parser's states: what the next bytes belong to. The first three want a whole run of bytes, the next three take what comes. Bundlers put
 * numbers that come from a module of their own in place of their names.
 *
 * @module
 */
export const AT_HEADER = 0
export const AT_CONTROL = 1
/** After a GOAWAY of wire 1 whose length may lie: the next eight bytes decide. */
export const AT_GUESS = 2
export const AT_BODY = 3
export const AT_SKIP = 4
export const AT_DEBUG = 5

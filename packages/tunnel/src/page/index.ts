/**
 * For pages that talk to a gateway with a page entry: TCP services behind it, and serving from a tab.
 *
 * @module
 */
export { Redis, RedisError } from './redis.ts'
export type { Reply } from './redis.ts'
export { serve } from './serve.ts'
export type { Handler, Served, ServedRequest } from './serve.ts'
export { dial, Refused } from './wish.ts'
export type { WishOptions } from './wish.ts'

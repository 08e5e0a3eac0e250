/**
 * Requests of one principal that one gateway answers at the same time, and statements of one principal that it has under way: each
 * has its connection and its place in memory.
 */
export const maxAtOnce = 500

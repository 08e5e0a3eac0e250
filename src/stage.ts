/**
 * A value that only one stage of the journey can make.
 *
 * The brand exists at compile time only: `Stage<T, 'authorized'>` is a `T` at run time. A stage function takes the
 * previous stage's brand as its argument, so calling `mint` with a hand-made object does not compile. The cast
 * `as Stage<…>` is allowed in the one file that owns the stage; `test/layers.test.ts` enforces that.
 */
declare const stage: unique symbol
export type Stage<T, Name extends string> = T & { readonly [stage]: Name }

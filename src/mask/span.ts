/** A part of a text, in UTF-16 code units; `end` is the first that no longer belongs to it. */
export interface Span {
  readonly start: number
  readonly end: number
}

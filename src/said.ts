const unsaid = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Whether somebody wrote a reason at all: three characters that a person sees. */
export function saysWhy(words: string | undefined): boolean {
  return (words ?? '').replaceAll(unsaid, '').length >= 3
}

import { createHash } from 'node:crypto'

/** The whole of the console's looks, in each page, by hash: there is nothing to load and no script at all. */
export const style = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 62%, transparent) }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 62rem; padding: 0 1.25rem 3rem; font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
header { display: flex; gap: 1rem; align-items: center; padding: .75rem 0; border-bottom: 1px solid var(--line) }
header a { font-weight: 600; text-decoration: none; color: inherit }
header span { margin-left: auto; color: var(--soft) }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.5rem 0 .5rem }
h2 { font-size: 1rem; margin: 1.75rem 0 .5rem }
p { margin: .5rem 0 }
small, .soft { color: var(--soft) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: .75rem 0 }
dt { color: var(--soft) }
dd { margin: 0 }
pre { margin: .75rem 0; padding: .9rem 1rem; border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; white-space: pre-wrap; font: 13px/1.55 ui-monospace, monospace; direction: ltr; unicode-bidi: bidi-override }
bdi, dd, .words { unicode-bidi: isolate }
blockquote { margin: .5rem 0; padding: .1rem 0 .1rem .9rem; border-left: 3px solid var(--line) }
.warn { margin: .75rem 0; padding: .6rem 1rem; border-left: 4px solid #d97706; border-radius: 4px; background: color-mix(in srgb, #d97706 12%, transparent) }
.warn ul { margin: .25rem 0; padding-left: 1.1rem }
.said { margin: .75rem 0; padding: .6rem 1rem; border-left: 4px solid #2563eb; border-radius: 4px; background: color-mix(in srgb, #2563eb 10%, transparent) }
.decide { margin-top: 1.25rem; padding: 1rem; border: 1px solid var(--line); border-radius: 8px }
.decide label { display: block; margin-bottom: .6rem }
textarea { display: block; width: 100%; margin-top: .25rem; padding: .5rem; font: inherit; border: 1px solid var(--line); border-radius: 6px }
button { font: inherit; padding: .45rem 1.1rem; border: 1px solid var(--line); border-radius: 6px; background: transparent; color: inherit; cursor: pointer }
button.main { background: #15803d; border-color: #15803d; color: #fff; font-weight: 600 }
button.stop { border-color: #b91c1c; color: #b91c1c; font-weight: 600 }
details { margin: .75rem 0 }
fieldset { margin: 1rem 0 0; padding: .5rem 1rem 1rem; border: 1px solid var(--line); border-radius: 6px }
select { font: inherit }
header button { padding: .15rem .6rem }
ul.holds { list-style: none; padding: 0; margin: 0 }
ul.holds li { padding: .75rem 0; border-bottom: 1px solid var(--line) }
ul.holds a { font-weight: 600 }
@media (prefers-color-scheme: dark) { button.stop { border-color: #f87171; color: #f87171 } }
`

export const styleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`

import { setFlagsFromString } from 'node:v8'

// To be imported before WebAssembly is. By default the engine compiles anew whatever ran a little, on every core at once: until it
// has had enough, after some thousand judgements, each takes several times as long as before or after.
setFlagsFromString('--wasm-num-compilation-tasks=1')
setFlagsFromString('--wasm-tiering-budget=50000000')

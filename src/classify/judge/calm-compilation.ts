import { setFlagsFromString } from 'node:v8'

// To be imported before WebAssembly is. The engine compiles anew what runs much, by default on every core at once: for some thousand
// judgements each takes several times as long as before or after. With one core for it, and begun sooner, most of it is done when
// the judges are warm.
setFlagsFromString('--wasm-num-compilation-tasks=1')
setFlagsFromString('--wasm-tiering-budget=8000000')

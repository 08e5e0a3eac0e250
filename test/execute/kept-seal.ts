import { createSeal } from '#gateway/authenticate/seal.ts'
import { Secret } from '#src/config/secret.ts'

export const keptSeal = createSeal(new Secret('a key of 32 bytes for tests alone'), 'transactions')

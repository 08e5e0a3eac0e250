import { createSeal } from '#gateway/authenticate/seal.ts'
import { Secret } from '#src/config/secret.ts'

const seal = createSeal(new Secret('a key of 32 bytes for tests alone'), 'transactions')

export const keptSeal = () => seal

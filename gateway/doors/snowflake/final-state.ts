import type { DriverContext } from '#src/authenticate/driver-sessions.ts'
import type { Journey } from '../../journey/journey.ts'

/** What the driver is to take for the state of its session after an answer. */
export interface FinalState extends DriverContext {
  readonly virtualWarehouse?: string
}

export function finalState({ connections }: Pick<Journey, 'connections'>, context: DriverContext): FinalState {
  const { virtualWarehouse } = connections().find(({ name }) => name === context.connection) ?? {}
  return virtualWarehouse === undefined ? context : { ...context, virtualWarehouse }
}

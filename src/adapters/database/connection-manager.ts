/** The manager form of a connection. */
import type { AsyncContextManager, Outcome } from '../../contexts/index.ts'
import { StateError } from '../../errors/index.ts'
import type { LentConnection } from './connection.ts'
import type { Connection } from './types.ts'

/** Borrows a connection when it is entered, and gives it back when it is exited. */
export class ConnectionManager implements AsyncContextManager<Connection> {
  readonly #connect: () => Promise<LentConnection>
  #isEntered = false
  #connection: LentConnection | undefined

  constructor(connect: () => Promise<LentConnection>) {
    this.#connect = connect
  }

  async '~enterAsync'(): Promise<Connection> {
    if (this.#isEntered) {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        'This connection has been entered already. Ask for a new one: `db.connection()`.',
      )
    }
    this.#isEntered = true
    this.#connection = await this.#connect()
    return this.#connection
  }

  async '~exitAsync'(...[outcome]: [Outcome]): Promise<void> {
    await this.#connection?.['~exitAsync'](outcome)
  }
}

/** A maker of resources, for what makes one when it is needed. */
import type { AsyncContextManager } from 'withal'
import { settled } from './hand-clock.ts'

/** Makes numbered resources, and notes what happens; makings and closings take the time that the test gives them. */
export class Maker {
  readonly log: string[] = []
  readonly making = new Set<PromiseWithResolvers<void>>()
  readonly told: unknown[] = []
  #made = 0
  waits = false
  failsToClose: unknown

  readonly make = (): AsyncContextManager<number> => {
    const number = ++this.#made
    return {
      '~enterAsync': async () => {
        this.log.push(`make ${number}`)
        const gate = Promise.withResolvers<void>()
        this.making.add(gate)
        if (!this.waits) gate.resolve()
        await gate.promise
        return number
      },
      '~exitAsync': async (outcome) => {
        this.told.push(outcome.status)
        await settled()
        this.log.push(`close ${number}`)
        if (this.failsToClose !== undefined) throw this.failsToClose
      },
    }
  }

  /** Ends the making that is going on. */
  async finish(error?: Error): Promise<void> {
    await settled()
    for (const gate of this.making) {
      if (error === undefined) gate.resolve()
      else gate.reject(error)
    }
    await settled()
  }
}

import { shield, sleep } from 'withal'

/** Waits until it is cancelled, and then takes a while to clean up, of which it tells. */
export async function stoppingSlowly(cleanedUp: () => unknown): Promise<void> {
  try {
    await sleep(Infinity)
  } finally {
    await shield(() => sleep(10))
    cleanedUp()
  }
}

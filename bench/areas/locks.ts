/** Locks: free, contended, without waiting, and what a waiter takes. */
import { contendedLock } from '../locks/contended-lock.ts'
import { freeLock } from '../locks/free-lock.ts'
import { tryLock } from '../locks/try-lock.ts'
import { lockWaiter } from '../locks/waiter.ts'
import type { Area } from '../rows.ts'

const locks: Area = { rows: [freeLock, tryLock, contendedLock, lockWaiter] }
export default locks

/** Locks: free, contended, and without waiting. */
import { contendedLock } from '../locks/contended-lock.ts'
import { freeLock } from '../locks/free-lock.ts'
import { tryLock } from '../locks/try-lock.ts'
import type { Area } from '../rows.ts'

const locks: Area = { rows: [freeLock, tryLock, contendedLock] }
export default locks

/** Whether a resource may be lent, now and as it is. */
import type { Entry } from './entry.ts'
import type { Settings } from './settings.ts'

/** Why it may not be lent any more, if so. */
export function reasonToRetire<T>(entry: Entry<T>, settings: Settings<T>, now: number): string | undefined {
  if (entry.retired !== undefined) return entry.retired
  if (entry.expiresAt <= now) return 'it was too old'
  return entry.uses >= settings.maxUses ? 'it had been used often enough' : undefined
}

/** Whether it has not been used for so long that it is asked before it is lent. Others who have it answer for it. */
export function needsValidating<T>(entry: Entry<T>, settings: Settings<T>, now: number): boolean {
  const { validate, validateAfterIdle } = settings
  return validate !== undefined && entry.users === 0 && now - entry.checkedAt >= validateAfterIdle
}

/** Whether something has to be done with it before it is lent. */
export function needsPreparing<T>(entry: Entry<T>, settings: Settings<T>, now: number): boolean {
  return settings.setup !== undefined || needsValidating(entry, settings, now)
}

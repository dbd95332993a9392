/** Lets exits that have run out of time be cancelled: imported by all that opens scopes, or looks at them. */
import { letLimitsCancel } from '../contexts/exit-limit.ts'
import { ScopeNode } from '../scope.ts'

/** To be called when the module is loaded; once would do. */
export function makeLimitsCancel(): void {
  letLimitsCancel(() => new ScopeNode(undefined, true))
}

/** Timeouts, and scopes that are cancelled with their parents. */
import { fastUnderTimeout } from '../cancel/fast-under-timeout.ts'
import { scopeWithParent } from '../cancel/scope-with-parent.ts'
import type { Area } from '../rows.ts'

const cancel: Area = {
  rows: [fastUnderTimeout, scopeWithParent],
}
export default cancel

/** What it costs that scopes are ambient. */
import { ownFrame } from '../ambient/own-frame.ts'
import { shieldedExits } from '../ambient/shielded-exits.ts'
import { syncExits, syncExitsAwaited } from '../ambient/sync-exits.ts'
import type { Area } from '../rows.ts'

const ambient: Area = {
  rows: [syncExits, syncExitsAwaited, shieldedExits, ownFrame],
}
export default ambient

/** What it costs that tasks, scopes and resources tell what they do: with nobody who listens, and with somebody. */
import { spawnObserved } from '../observe/spawn.ts'
import { withinObserved } from '../observe/within.ts'
import type { Area } from '../rows.ts'

const observe: Area = { rows: [withinObserved, spawnObserved] }
export default observe

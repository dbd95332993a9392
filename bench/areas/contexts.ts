/** Context managers: `within`, `withinSync`, exit stacks, generator managers, handles, and what an ambient scope adds. */
import { ambientScope } from '../contexts/ambient-scope.ts'
import { asyncGeneratorManager, syncGeneratorManager } from '../contexts/generator-managers.ts'
import { heldManager } from '../contexts/held-manager.ts'
import { oneAsyncManager } from '../contexts/one-async-manager.ts'
import { oneSyncManager } from '../contexts/one-sync-manager.ts'
import { stackOfCallbacks } from '../contexts/stack-of-callbacks.ts'
import { stackOfDisposables } from '../contexts/stack-of-disposables.ts'
import { stackOfManagers } from '../contexts/stack-of-managers.ts'
import { threeManagers } from '../contexts/three-managers.ts'
import type { Area } from '../rows.ts'

const contexts: Area = {
  rows: [
    oneAsyncManager,
    oneSyncManager,
    stackOfCallbacks,
    stackOfManagers,
    stackOfDisposables,
    asyncGeneratorManager,
    syncGeneratorManager,
    ambientScope,
    threeManagers,
    heldManager,
  ],
}
export default contexts

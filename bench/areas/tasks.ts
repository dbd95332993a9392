/** Many tasks: their results, all at once or so many at a time, cancelling them, and what each takes. */
import type { Area } from '../rows.ts'
import { atOnce, atOnceEmpty } from '../tasks/at-once.ts'
import { cancelWaiting, startAndCancel } from '../tasks/cancelling.ts'
import { pendingTask } from '../tasks/pending-task.ts'
import { soManyAtATime } from '../tasks/so-many-at-a-time.ts'

const tasks: Area = {
  rows: [atOnce, atOnceEmpty, soManyAtATime, cancelWaiting, startAndCancel, pendingTask],
}
export default tasks

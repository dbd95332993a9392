/** Queues and channels: what an item costs on its way from one producer to one consumer, and what somebody takes who waits for one. */
import { ahead, inStep, met } from '../queues/one-to-one.ts'
import { queueWaiter } from '../queues/waiter.ts'
import type { Area } from '../rows.ts'

const queues: Area = { rows: [inStep, ahead, met, queueWaiter] }
export default queues

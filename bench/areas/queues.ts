/** Queues and channels: what an item costs on its way from one producer to one consumer. */
import { ahead, inStep, met } from '../queues/one-to-one.ts'
import type { Area } from '../rows.ts'

const queues: Area = { rows: [inStep, ahead, met] }
export default queues

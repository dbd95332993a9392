/** What is measured of a database. */
import type { Contestant } from '../rows.ts'

/** One way of working: a query of one row, and a transaction that moves money. Each gives 1. */
export interface Way {
  readonly name: string
  readonly role: Contestant['role']
  query(id: number): Promise<number>
  transfer(from: number, to: number): Promise<number>
}

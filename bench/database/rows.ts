/** Work with a database, one at a time and many at the same time. */
import type { Contestant, Row } from '../rows.ts'
import { ways } from './contestants.ts'
import { mysqlWays } from './mysql-contestants.ts'
import type { Way } from './way.ts'

const goal = { ratio: 1.05 }
const atATime = 64

/** Borrow, select one row, return; nothing else is going on. */
export const oneQuery: Row = row('one query at a time', (way) => ({ operation: oneAfterAnother(way.query) }))

/** The same by many, who are more than there are connections. */
export const manyQueries: Row = row(`${atATime} queries at a time`, (way) => ({
  pieces: atATime,
  operation: together(way.query),
}))

/** Begin, three statements, commit. */
export const oneTransaction: Row = row('one transaction of three statements at a time', ({ transfer }) => ({
  operation: oneAfterAnother((id) => transfer(id, (id % 1_000) + 1)),
}))

/** The same by many; none writes what another one writes. */
export const manyTransactions: Row = row(`${atATime} transactions at a time`, ({ transfer }) => ({
  pieces: atATime,
  operation: together((id) => transfer(id, id + 500)),
}))

/** The same with MariaDB. */
export const oneMysqlQuery: Row = row(
  'one query at a time (MariaDB)',
  (way) => ({ operation: oneAfterAnother(way.query) }),
  mysqlWays,
)

export const manyMysqlQueries: Row = row(
  `${atATime} queries at a time (MariaDB)`,
  (way) => ({ pieces: atATime, operation: together(way.query) }),
  mysqlWays,
)

export const manyMysqlTransactions: Row = row(
  `${atATime} transactions at a time (MariaDB)`,
  ({ transfer }) => ({ pieces: atATime, operation: together((id) => transfer(id, id + 500)) }),
  mysqlWays,
)

function row(
  name: string,
  work: (way: Way) => Pick<Contestant, 'operation' | 'pieces'>,
  waysOf: () => Promise<readonly Way[]> = ways,
): Row {
  return {
    name,
    async contestants() {
      return (await waysOf()).map((way) => ({
        name: way.name,
        role: way.role,
        ...work(way),
        ...(way.role === 'library' ? { goal } : {}),
      }))
    },
  }
}

function oneAfterAnother(work: (id: number) => Promise<number>): () => Promise<number> {
  let id = 0
  return () => work((id = (id % 1_000) + 1))
}

function together(work: (id: number) => Promise<number>): () => Promise<number> {
  const ids = Array.from({ length: atATime }, (_, index) => index + 1)
  return async () => {
    const done = await Promise.all(ids.map(work))
    return done.reduce((sum, one) => sum + one, 0) === atATime ? 1 : 0
  }
}

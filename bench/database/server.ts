/** A PostgreSQL server for the process of one row, which ends with it. */
import { hold } from 'withal'
import { postgresServer } from '../../test/servers/postgres-server.ts'

/** Its address. There is a table `item (id, name)` with a thousand rows, and one `account (id, balance)` with as many. */
export async function address(): Promise<string> {
  const { value: server } = await hold(postgresServer())
  server.unref()
  return server.url()
}

export const schema = `
  create table item (id integer primary key, name text);
  insert into item select n, 'item number ' || n from generate_series(1, 1000) as n;
  create table account (id integer primary key, balance integer not null);
  insert into account select n, 1000 from generate_series(1, 1000) as n;
  analyze
`

// What a user writes, compiled with the user's compiler and settings.
import { AsyncExitStack, contextManager, within, type AsyncContextManager, type Outcome } from 'withal'

class Connection implements AsyncContextManager<Connection> {
  async '~enterAsync'(): Promise<this> {
    return this
  }
  async '~exitAsync'(_outcome: Outcome): Promise<void> {}
  query(): number {
    return 1
  }
}

const session = contextManager(async function* (name: string) {
  yield { name, connection: new Connection() }
})

export async function main(): Promise<[string, number]> {
  await using stack = new AsyncExitStack()
  const connection = await stack.enter(new Connection())
  return within(session('a'), ({ name }) => [name, connection.query()])
}

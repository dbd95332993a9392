// A small program that uses the package in earnest. It is given the package, so that it runs however that was loaded,
// and it asks nothing of the platform: it runs as it is in every runtime and browser.

export async function smoke({ within, contextManager, AsyncExitStack, ErrorGroup, TaskGroup, observe }) {
  await entersAndExitsInOrder(within)
  await tellsExitsTheError(within)
  await runsGenerators(within, contextManager)
  await unwindsStacks(AsyncExitStack)
  await tellsObservers(within, TaskGroup, observe)
  const group = new ErrorGroup([new TypeError('one'), new RangeError('two')], 'two failures')
  same(group instanceof AggregateError && group.errors.map(({ name }) => name), ['TypeError', 'RangeError'])
}

async function entersAndExitsInOrder(within) {
  const log = []
  const result = await within(resource(log, 'a'), resource(log, 'b'), (a, b) => {
    log.push(`body ${a} ${b}`)
    return 'result'
  })
  same(result, 'result')
  same(log, ['enter a', 'enter b', 'body a b', 'exit b completed', 'exit a completed'])
}

async function tellsExitsTheError(within) {
  const log = []
  const failure = new Error('the body failed')
  const thrown = await thrownBy(() =>
    within(resource(log, 'a'), () => {
      throw failure
    }),
  )
  same(thrown === failure, true)
  same(log, ['enter a', 'exit a failed: the body failed'])
}

async function runsGenerators(within, contextManager) {
  const log = []
  const connection = contextManager(async function* (name) {
    log.push(`open ${name}`)
    try {
      yield name
    } finally {
      await Promise.resolve()
      log.push(`close ${name}`)
    }
  })
  same(await within(connection('db'), async (name) => `used ${name}`), 'used db')
  same(log, ['open db', 'close db'])
}

async function unwindsStacks(AsyncExitStack) {
  const log = []
  const stack = new AsyncExitStack()
  await stack.enter(resource(log, 'a'))
  stack.defer(() => log.push('deferred'))
  stack.use({ [Symbol.dispose]: () => log.push('disposed') })
  await stack.close()
  same(stack.disposed, true)
  same(log, ['enter a', 'disposed', 'deferred', 'exit a completed'])
}

async function tellsObservers(within, TaskGroup, observe) {
  const log = []
  const stop = observe((message) => log.push(message.type))
  await within(new TaskGroup(), async (group) => {
    await group.spawn(() => within(resource([], 'a'), () => {})).result
  })
  stop()
  await within(resource([], 'b'), () => {})
  const ofTask = ['task-started', 'resource-entered', 'resource-exited', 'task-ended']
  same(log, ['scope-opened', ...ofTask, 'scope-closed'])
}

function resource(log, name) {
  return {
    async '~enterAsync'() {
      log.push(`enter ${name}`)
      return name
    },
    async '~exitAsync'({ status, error }) {
      log.push(`exit ${name} ${status}${status === 'failed' ? `: ${error.message}` : ''}`)
    },
  }
}

async function thrownBy(work) {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

function same(actual, expected) {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (got !== wanted) throw new Error(`got ${got}, wanted ${wanted}`)
}

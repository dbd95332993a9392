/** Environment variables, for the time of a block. */
import type { ContextManager } from '../../contexts/index.ts'
import { StateError } from '../../errors/index.ts'

/**
 * Sets environment variables of the whole process for the body (`undefined` removes one), and puts back at the end what was
 * there before, or was not. It can be entered again, also in itself.
 *
 * @example
 * import { environment } from 'withal/processes'
 * withinSync(environment({ MODE: 'test' }), () => process.env['MODE']) // => 'test'
 * process.env['MODE'] // => undefined
 */
export function environment(variables: Readonly<Record<string, string | undefined>>): ContextManager<undefined> {
  const former: Record<string, string | undefined>[] = []
  return {
    '~enter': () => {
      former.push(Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]])))
      set(variables)
      return undefined
    },
    '~exit': () => {
      const before = former.pop()
      if (before === undefined)
        throw new StateError('WITHAL_NOT_ENTERED', '`environment` was exited before it was entered.')
      set(before)
    },
  }
}

function set(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}

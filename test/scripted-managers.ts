/** Managers that do what a test says, and the ways of entering one: what holds for all of them is tested on each. */
import { hold, nullContext, within, withinSync } from 'withal'
import type { AsyncContextManager, ContextManager, Outcome } from 'withal'

/** What a manager does. Default: it gives `'value'` and answers nothing. */
export interface Script {
  readonly enter?: () => unknown
  readonly exit?: (outcome: Outcome) => unknown
}

/** A synchronous manager. */
export function syncManager(script: Script): ContextManager<unknown, boolean> {
  return {
    '~enter': () => (script.enter === undefined ? 'value' : script.enter()),
    '~exit': (outcome) => script.exit?.(outcome) as undefined,
  }
}

/** An asynchronous manager; it takes a turn for each step. */
export function asyncManager(script: Script): AsyncContextManager<unknown, boolean> {
  return {
    '~enterAsync': async () => {
      await Promise.resolve()
      return script.enter === undefined ? 'value' : script.enter()
    },
    '~exitAsync': async (outcome) => {
      await Promise.resolve()
      return script.exit?.(outcome) as undefined
    },
  }
}

/** A way of running a body within a scripted manager. */
export interface Form {
  readonly form: string
  run(script: Script, body: (value: unknown) => unknown): Promise<unknown>
}

/** The callback forms; each has a short way for one manager and a general one for several. */
export const forms: readonly Form[] = [
  { form: 'withinSync', run: async (script, body) => withinSync(syncManager(script), body) },
  {
    form: 'withinSync with several',
    run: async (script, body) => withinSync(nullContext(), syncManager(script), (_, value) => body(value)),
  },
  { form: 'within a sync manager', run: (script, body) => within(syncManager(script), body) },
  { form: 'within an async manager', run: (script, body) => within(asyncManager(script), body) },
  {
    form: 'within several',
    run: (script, body) => within(nullContext(), asyncManager(script), (_, value) => body(value)),
  },
  { form: 'within a handle', run: (script, body) => within(hold(asyncManager(script)), body) },
]

/** Those of the callback forms whose body may give a promise. */
export const waitingForms: readonly Form[] = forms.filter(({ form }) => !form.startsWith('withinSync'))

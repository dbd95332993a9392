/** A stand-in for a resource that asks before each use whether it may still be used. */

/** Wraps an object; anything else is given as it is. Methods are called on the object itself, so private fields work. */
export function guardedValue<T>(resource: T, use: () => void): T {
  if ((typeof resource !== 'object' || resource === null) && typeof resource !== 'function') return resource
  const methods = new WeakMap<object, unknown>()
  const target: object = resource
  return new Proxy(target, {
    get(_, key) {
      use()
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function' || isFixed(target, key)) return value
      let method = methods.get(value)
      if (method === undefined) {
        method = guardedMethod(target, value as Method, use)
        methods.set(value, method)
      }
      return method
    },
    set(_, key, value) {
      use()
      return Reflect.set(target, key, value, target)
    },
    has(_, key) {
      use()
      return Reflect.has(target, key)
    },
    deleteProperty(_, key) {
      use()
      return Reflect.deleteProperty(target, key)
    },
    ownKeys() {
      use()
      return Reflect.ownKeys(target)
    },
    apply(_, that, args: unknown[]) {
      use()
      return Reflect.apply(target as Method, that, args) // only functions are called
    },
    construct(_, args: unknown[]) {
      use()
      return Reflect.construct(target as Method, args) as object // as above
    },
  }) as T // it stands for it in every use
}

type Method = (...args: unknown[]) => unknown

/** A method may have been read before the resource was returned, and be called after. */
function guardedMethod(target: object, method: Method, use: () => void): Method {
  return function guarded(this: unknown, ...args) {
    use()
    return Reflect.apply(method, target, args)
  }
}

/** What a proxy has to give as it is. */
function isFixed(target: object, key: PropertyKey): boolean {
  const own = Reflect.getOwnPropertyDescriptor(target, key)
  return own !== undefined && own.configurable === false && own.writable === false
}

/** A function made from another one looks like it. */

/** Gives a function the name, length and own properties of another one. */
export function copyProperties<F extends object>(from: object, to: F): F {
  for (const key of Reflect.ownKeys(from)) {
    if (key === 'prototype' || key === 'arguments' || key === 'caller') continue
    Object.defineProperty(to, key, { ...Object.getOwnPropertyDescriptor(from, key), configurable: true })
  }
  return to
}

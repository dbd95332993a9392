/** Gives a class of errors its name. Each class has a file of its own, so that a bundle has only those that it can throw. */

/** Puts the name on the prototype, not enumerable, as the platform does; minifiers may rename classes. */
export function named(errorClass: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, writable: true, configurable: true })
}

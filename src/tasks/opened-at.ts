/** Where things were opened or begun: known of what was while diagnostics were on. */

const places = new WeakMap<object, string>()

/** Remembers the place, a stack, of a task, a scope or a wait. */
export function rememberPlace(opened: object, place: string): void {
  places.set(opened, place)
}

/** The place, if it is known. */
export function placeOfOpening(opened: object): string | undefined {
  return places.get(opened)
}

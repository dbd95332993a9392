/** The layer `errors`: what can go wrong, how several failures are kept together, and where late ones go. */
export * from './classes.ts'
export * from './combine.ts'
export * from './suppressed.ts'
export * from './group.ts'
export * from './late.ts'

/** The parts of css-tree that are used. The whole of it, whose types there are, has a dictionary of all properties, which takes long to load. */
declare module 'css-tree/tokenizer' {
  export { tokenize, tokenTypes } from 'css-tree'
}
declare module 'css-tree/utils' {
  export { string, url } from 'css-tree'
}

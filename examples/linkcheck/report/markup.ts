/** Text inside HTML and XML. */

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text as content or value of an attribute. What XML has no way to say is left out. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => escapes[character]!) // each has one
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
}

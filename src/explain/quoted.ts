/** A name in quotes, as in JSON: it can neither break the line nor talk to the terminal. */
export function quoted(name: string): string {
  return escaped(JSON.stringify(name))
}

/** C text that has names in it, where quotes would only be in the way; control characters as `\u001b`. */
export function escaped(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

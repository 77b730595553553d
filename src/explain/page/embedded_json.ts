const INSIDE_SCRIPT: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

/**
 * A value as JSON that can stand in a `<script>` element: nothing in it ends the element or begins a comment, whatever names
 * the value has.
 */
export function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>\u2028\u2029]/g,
    (character) => INSIDE_SCRIPT[character] ?? character,
  )
}

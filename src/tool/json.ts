/** Numbers that JSON's readers would round are written as strings. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'bigint') return part
    return part <= Number.MAX_SAFE_INTEGER && part >= Number.MIN_SAFE_INTEGER ? Number(part) : String(part)
  })
}

import type { OptionValue } from './tool.ts'

/** An argument that cannot be read. The message is for `--help`'s reader. */
export class BadArgument extends Error {}

/**
 * Reads an option's value.
 *
 * @throws BadArgument, which says what is expected
 */
export function readValue(
  flags: string,
  { read, expected }: OptionValue,
  text: string,
): number | bigint | string {
  const value = read(text)
  if (value !== undefined) return value
  throw new BadArgument(`Invalid value of ${flags}: '${text}' is not ${expected}`)
}

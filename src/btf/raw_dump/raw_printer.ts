/**
 * Where the records of types are written to, each as bpftool has it: a kind, a name, fields with a value each, and for some
 * kinds a list of members, enumerators, parameters or variables.
 */
export interface RawPrinter {
  begin(id: number, kind: string, name: string): void
  /** `suffix` is how C writes a number of this type. */
  field(key: string, value: number | bigint | string, suffix?: string): void
  /** The list's items follow. */
  list(key: string): void
  /** The next item; its fields follow. Those of a datasec have no name of their own. */
  item(name: string | undefined): void
  /** What an item refers to: a word for people. */
  remark(kind: string, name: string): void
  end(): void
  /** Characters that were not taken yet. */
  readonly length: number
  /** What was written since the last time. */
  take(): string
}

import type { RawPrinter } from './raw_printer.ts'

/** Characters that would move a terminal's cursor, or what is written into another line. */
// eslint-disable-next-line no-control-regex -- they are what it is about
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

/** A line for each type, and one for each item of its list. */
export class TextPrinter implements RawPrinter {
  #text = ''
  #separator = ' '
  #afterFirst = ' '

  begin(id: number, kind: string, name: string): void {
    this.#text += `[${id}] ${kind} '${shown(name)}'`
    this.#separator = ' '
    this.#afterFirst = kind === 'VAR' ? ', ' : ' '
  }

  field(key: string, value: number | bigint | string, suffix = ''): void {
    this.#text += `${this.#separator}${key}=${value}${suffix}`
    this.#separator = this.#afterFirst
  }

  list(): void {
    this.#afterFirst = ' '
  }

  item(name: string | undefined): void {
    this.#text += name === undefined ? '\n\t' : `\n\t'${shown(name)}'`
    this.#separator = name === undefined ? '' : ' '
  }

  remark(kind: string, name: string): void {
    this.#text += ` (${kind} '${shown(name)}')`
  }

  end(): void {
    this.#text += '\n'
  }

  get length(): number {
    return this.#text.length
  }

  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }
}

function shown(name: string): string {
  return name.replace(CONTROL, '?')
}

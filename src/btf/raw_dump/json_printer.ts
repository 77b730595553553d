import type { RawPrinter } from './raw_printer.ts'

/** An object for each type, its list an array of objects; commas between them. */
export class JsonPrinter implements RawPrinter {
  #text = ''
  #beforeType = ''
  #beforeItem = ''
  #beforeField = ''
  /** What closes the item and the list that are open. */
  #closing = ''

  begin(id: number, kind: string, name: string): void {
    this.#text += `${this.#beforeType}{"id":${id},"kind":"${kind}","name":${JSON.stringify(name)}`
    this.#beforeType = ','
    this.#beforeField = ','
    this.#closing = ''
  }

  field(key: string, value: number | bigint | string): void {
    this.#text += `${this.#beforeField}"${key}":${typeof value === 'string' ? JSON.stringify(value) : value}`
    this.#beforeField = ','
  }

  list(key: string): void {
    this.#text += `,"${key}":[`
    this.#beforeItem = ''
    this.#closing = ']'
  }

  item(name: string | undefined): void {
    this.#text +=
      name === undefined ? `${this.#beforeItem}{` : `${this.#beforeItem}{"name":${JSON.stringify(name)}`
    this.#beforeItem = '},'
    this.#beforeField = name === undefined ? '' : ','
    this.#closing = '}]'
  }

  /** It says nothing that is not to be found by the id. */
  remark(): void {
    // JSON is for programs.
  }

  end(): void {
    this.#text += `${this.#closing}}`
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

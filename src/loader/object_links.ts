import { BpfError } from '../base/errors.ts'
import type { Link } from '../links/link.ts'

/** The links of one object. Whoever attaches one of its programs puts the link here, and the object closes it. */
export class ObjectLinks {
  readonly #fileName: string
  #links: Link[] = []
  #closed = false

  constructor(fileName: string) {
    this.#fileName = fileName
  }

  /** Those that were made and are not detached, in the order in which they were made. */
  get attached(): readonly Link[] {
    return this.#links.filter((link) => !link.detached)
  }

  /** Those that are to be closed with the object: also those that were detached and are open. */
  get all(): readonly Link[] {
    return this.#links
  }

  /**
   * Makes a link, which from then on is closed with the object.
   *
   * @param what What is being done, for the error: `attach program handle_exec`.
   * @throws BpfError 'OBJECT_CLOSED'; what `attach` throws
   */
  make(what: string, attach: () => Link): Link {
    this.requireOpen(what)
    const link = attach()
    this.#links = [...this.#links.filter((each) => !each.closed), link]
    return link
  }

  /** @throws BpfError 'OBJECT_CLOSED' */
  requireOpen(what: string): void {
    if (!this.#closed) return
    throw new BpfError('OBJECT_CLOSED', `${this.#fileName}: cannot ${what}: the object was closed`, {
      object: this.#fileName,
    })
  }

  /** No link is made from now on. */
  end(): void {
    this.#closed = true
  }
}

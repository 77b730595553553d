/** What an error is about, as far as it is known. Each part that is given is a property of the error. */
export interface ErrorSubject {
  /** The ELF object's file name, or the name its bytes were given. */
  readonly object?: string | undefined
  /** The ELF section. */
  readonly section?: string | undefined
  /** The BPF program. */
  readonly program?: string | undefined
  /** The map. */
  readonly map?: string | undefined
  /** Bytes from the start of the file, or of `section` where one is given. */
  readonly offset?: number | undefined
}

export interface BpfErrorOptions extends ErrorSubject {
  readonly cause?: unknown
}

/**
 * The one error class of rawbpf. Each stage of the pipeline has a subclass in its own folder. `code` is stable and meant
 * for programs; `message` is meant for people and says what was tried, on what, what was found, and what to do.
 */
export class BpfError extends Error implements ErrorSubject {
  readonly code: string
  readonly object: string | undefined
  readonly section: string | undefined
  readonly program: string | undefined
  readonly map: string | undefined
  readonly offset: number | undefined

  constructor(code: string, message: string, options: BpfErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = new.target.name
    this.code = code
    this.object = options.object
    this.section = options.section
    this.program = options.program
    this.map = options.map
    this.offset = options.offset
  }
}

import { type FSWatcher, watch } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createHash } from 'node:crypto'
import { isSource } from './read_object.ts'

/** Milliseconds without another change, after which a file is taken to be complete. */
const QUIET_MS = 100

/** Tells when a file has other contents; for C also when a header in its folder has. */
export class FileChanges implements Disposable {
  readonly #path: string
  readonly #watcher: FSWatcher
  #seen: string | undefined
  #timer: NodeJS.Timeout | undefined
  #wake: (() => void) | undefined
  #isPending = false

  private constructor(path: string) {
    this.#path = path
    // Editors and compilers put a new file in the place of the old one, so that the folder is what stays.
    this.#watcher = watch(dirname(path), (_, name) => {
      if (name === null || this.#isWatched(name)) this.#note()
    })
    // A folder that goes away is noticed by whoever reads the file.
    this.#watcher.on('error', () => {
      this.#note()
    })
  }

  /** Begins to watch. What the file is now is known. */
  static async begin(path: string): Promise<FileChanges> {
    const changes = new FileChanges(path)
    changes.#seen = await changes.#contents()
    return changes
  }

  /** Resolves with the next change, or when the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#noted(signal)
      const contents = await this.#contents()
      if (contents === this.#seen) continue
      this.#seen = contents
      return
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#watcher.close()
  }

  #isWatched(name: string): boolean {
    return name === basename(this.#path) || (isSource(this.#path) && name.endsWith('.h'))
  }

  #note(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#isPending = true
      this.#wake?.()
    }, QUIET_MS)
  }

  #noted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done)
        this.#wake = undefined
        this.#isPending = false
        resolve()
      }
      this.#wake = done
      signal.addEventListener('abort', done)
      if (this.#isPending || signal.aborted) done()
    })
  }

  /** What is in the files, as a hash. */
  async #contents(): Promise<string> {
    const folder = dirname(this.#path)
    const hash = createHash('sha256')
    const names = await readdir(folder).catch(() => [])
    for (const name of names.filter((each) => this.#isWatched(each)).sort()) {
      const bytes = await readFile(join(folder, name)).catch(() => '')
      hash.update(`${name}\0${bytes.length}\0`).update(bytes)
    }
    return hash.digest('hex')
  }
}

/** Objects that rawbpf does not load yet as libbpf does. The list may only shrink: an entry that passes fails the run. */
export interface KnownFailure {
  /** A source of the corpus, without its ending. */
  readonly object: string
  /** The clangs whose objects fail; left out where all do. */
  readonly clangs?: readonly number[]
  /** What is missing. */
  readonly reason: string
}

export const knownFailures: readonly KnownFailure[] = []

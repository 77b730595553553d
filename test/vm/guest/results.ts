/** What a guest says while it runs, one JSON object per line. */
export type GuestLine =
  | {
      readonly kind: 'booted'
      /** `6.1.0-50-cloud-amd64`. */
      readonly release: string
      readonly arch: string
      readonly node: string
      /** Seconds since the kernel started. */
      readonly uptime: number
    }
  | { readonly kind: 'file-started'; readonly file: string }
  | { readonly kind: 'file-ended'; readonly file: string; readonly seconds: number }
  | ({ readonly kind: 'test' } & TestResult)
  /** What a command printed, to be shown as it is. */
  | { readonly kind: 'output'; readonly title: string; readonly text: string }
  | { readonly kind: 'feature'; readonly feature: FeatureResult }
  | {
      readonly kind: 'ended'
      /** Seconds that the tests took. */
      readonly seconds: number
      /** Lines of the kernel's log that tell of a bug. */
      readonly warnings: readonly string[]
    }

export interface TestResult {
  /** `test/kernel/loader.test.ts`. */
  readonly file: string
  /** With the names of what it is described in. */
  readonly name: string
  readonly state: 'passed' | 'failed' | 'skipped'
  readonly milliseconds: number
  /** Of a failed test. */
  readonly errors: readonly string[]
}

/** What a guest found out about a feature of its kernel. */
export interface FeatureResult {
  readonly name: string
  /** `Linux 5.15`. */
  readonly since: string
  /** What the probe said where the feature is not there. */
  readonly missing?: string | undefined
  /** Why it may be missing. */
  readonly excuse?: string | undefined
  /** Titles of the tests that need it. */
  readonly tests: readonly string[]
}

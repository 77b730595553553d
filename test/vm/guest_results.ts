import type { FeatureResult, GuestLine, TestResult } from './guest/results.ts'
import type { Guest } from './guests.ts'
import type { Run } from './qemu.ts'

/** What came of one guest's run. */
export class GuestResults {
  readonly guest: Guest
  readonly release: string
  readonly tests: TestResult[] = []
  /** Seconds. */
  bootTime = 0
  testTime = 0
  /** From qemu's start to its end. */
  totalTime = 0
  node = ''
  readonly #features = new Map<string, FeatureResult>()
  #currentFile: string | undefined
  #run: Run | undefined
  #warnings: readonly string[] = []

  constructor(guest: Guest, release: string) {
    this.guest = guest
    this.release = release
  }

  add(line: GuestLine): void {
    switch (line.kind) {
      case 'booted':
        this.bootTime = line.uptime
        this.node = line.node
        return
      case 'file-started':
        this.#currentFile = line.file
        return
      case 'test':
        this.tests.push(line)
        return
      case 'feature':
        this.#addFeature(line.feature)
        return
      case 'file-ended':
      case 'output':
        return
      case 'ended':
        this.testTime = line.seconds
        this.#warnings = line.warnings
        return
    }
  }

  /** Several files may need one feature. */
  #addFeature(feature: FeatureResult): void {
    const before = this.#features.get(feature.name)
    this.#features.set(feature.name, { ...feature, tests: [...(before?.tests ?? []), ...feature.tests] })
  }

  get features(): readonly FeatureResult[] {
    return [...this.#features.values()]
  }

  end(run: Run): void {
    this.#run = run
    this.totalTime = run.seconds
  }

  count(state: TestResult['state']): number {
    return this.tests.filter((test) => test.state === state).length
  }

  get isPassed(): boolean {
    return this.complaints.length === 0 && this.count('failed') === 0 && this.count('passed') > 0
  }

  /** What is wrong beside tests that fail. */
  get complaints(): readonly string[] {
    const crash = this.#run?.failure
    const warnings = this.#warnings.map((line) => `the kernel says: ${line}`)
    if (crash === undefined) return warnings
    const where = `THE GUEST FAILED: ${crash}; it was in ${this.#currentFile ?? 'its start'}; the console's last lines:`
    return [...warnings, where, ...(this.#run?.consoleTail ?? [])]
  }
}

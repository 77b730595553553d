import { setTimeout as sleep } from 'node:timers/promises'

/** An emulated processor is some ten times slower. */
const DEADLINE_MS = process.env['RAWBPF_GUEST'] === '1' ? 120_000 : 20_000
const PAUSE_MS = 10

/**
 * Asks again and again until the answer is something else than undefined. The deadline is only there so that a test that
 * fails says what it waited for.
 *
 * @param what A function where it tells what came in the meantime.
 */
export async function eventually<T>(
  what: string | (() => string),
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) {
      throw new Error(`waited ${DEADLINE_MS} ms in vain: ${typeof what === 'string' ? what : what()}`)
    }
    await sleep(PAUSE_MS)
  }
}

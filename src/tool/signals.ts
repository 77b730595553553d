import { constants } from 'node:os'
import type { OptionValue } from './tool.ts'
import { wholeNumber } from './values.ts'

const numbers: ReadonlyMap<string, number> = new Map(Object.entries(constants.signals))

/** Where two names have one number, as SIGIOT and SIGABRT do, it is the usual one. */
const names: ReadonlyMap<number, string> = new Map([
  ...[...numbers].map(([name, number]) => [number, name] as const),
  [constants.signals.SIGABRT, 'SIGABRT'],
  [constants.signals.SIGIO, 'SIGIO'],
])

/** _NSIG of the kernel, arch/x86/include/asm/signal.h (Linux 6.18); all architectures that rawbpf runs on have as many. */
const LAST_SIGNAL = 64

/** `SIGTERM`; of real-time signals and of 0, which is none, the number. */
export function signalName(signal: number): string {
  return names.get(signal) ?? String(signal)
}

/** A signal by its name or its number; 0 is the one that only asks whether there is such a process. */
export const signalValue: OptionValue = {
  read: (text) => {
    const name = text.toUpperCase()
    return numbers.get(name) ?? numbers.get(`SIG${name}`) ?? wholeNumber(0, LAST_SIGNAL).read(text)
  },
  expected: `a signal, such as SIGTERM, term or 15, up to ${LAST_SIGNAL}`,
}

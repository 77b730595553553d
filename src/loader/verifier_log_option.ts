import { BPF_LOG_LEVEL2, BPF_LOG_STATS } from '../kernel/kernel_log.ts'

/**
 * When the verifier is to write a log, and how much. It is kept as `verifierLog` of the program.
 *
 * - `on-failure`: where it refuses a program. The program is then loaded once more, with a log, since writing one costs
 *   more than most programs' verification.
 * - `stats`: also a few lines of statistics for each program that it accepts: instructions, states, time, stack depth.
 * - `full`: also the state of every register at every instruction. At most 64 MiB of it are kept: the end where the
 *   kernel is Linux 6.4 or later, else the start.
 */
export type VerifierLogOption = 'on-failure' | 'stats' | 'full'

/** `log_level` of the first attempt at a program; 0 is without a log. */
export const firstLogLevel: Readonly<Record<VerifierLogOption, number>> = {
  'on-failure': 0,
  stats: BPF_LOG_STATS,
  full: BPF_LOG_LEVEL2 | BPF_LOG_STATS,
}

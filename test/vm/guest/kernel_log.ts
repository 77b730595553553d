/** What the kernel writes into its log where it found a mistake of its own, or one of ours that it should not have let pass. */
const BUGS =
  /WARNING:|BUG:|Oops|general protection fault|unable to handle|soft lockup|rcu.*stall|Kernel panic/i

/** The lines of dmesg(1) that tell of a bug. */
export function kernelWarnings(log: string): readonly string[] {
  return log.split('\n').filter((line) => BUGS.test(line))
}

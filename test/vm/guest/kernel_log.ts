/**
 * What the kernel writes into its log where it found a mistake of its own, or one of ours that it should not have let pass. Of the
 * board's mistakes it writes otherwise: `..MP-BIOS bug: 8254 timer not connected to IO-APIC` of a timer that qemu was late with
 * (arch/x86/kernel/apic/io_apic.c, Linux 6.18).
 */
const BUGS =
  /WARNING:|BUG:|Oops|general protection fault|[Uu]nable to handle|soft lockup|rcu.*stall|Kernel panic/

/** The lines of dmesg(1) that tell of a bug. */
export function kernelWarnings(log: string): readonly string[] {
  return log.split('\n').filter((line) => BUGS.test(line))
}

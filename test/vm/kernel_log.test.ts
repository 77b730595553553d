import { expect, it } from 'vitest'
import { kernelWarnings } from './guest/kernel_log.ts'

it.each([
  'WARNING: CPU: 0 PID: 1 at kernel/bpf/verifier.c:1 check+0x1/0x2',
  'BUG: unable to handle page fault for address: ffff',
  'Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000',
  'Internal error: Oops: 0000000096000004 [#1] SMP',
  'general protection fault, probably for non-canonical address 0xdead: 0000 [#1] SMP',
  'watchdog: BUG: soft lockup - CPU#0 stuck for 26s!',
  'rcu: INFO: rcu_preempt self-detected stall on CPU',
  'Kernel panic - not syncing: Fatal exception',
])('%j tells of a bug', (line) => {
  expect(kernelWarnings(`[    1.0] fine\n[    2.0] ${line}\n`)).toEqual([`[    2.0] ${line}`])
})

it.each(['..MP-BIOS bug: 8254 timer not connected to IO-APIC', 'bpf: no warning', ''])(
  '%j does not',
  (line) => {
    expect(kernelWarnings(line)).toEqual([])
  },
)

import type { RejectionKind } from '../rejection.ts'

/** References, locks and regions that have to be given up. */
export const resourceRejections: readonly RejectionKind[] = [
  {
    kind: 'spin-lock-held',
    title: 'A lock is held where it may not be',
    reason: [
      /bpf_spin_unlock is missing/,
      /(?<what>[^\n]+) cannot be used inside bpf_spin_lock-ed region/,
      /function calls are not allowed while holding a lock/,
    ],
    sentence:
      'The program holds a bpf_spin_lock, and between taking and giving it up it may neither end nor call most functions.',
    advice:
      'Call bpf_spin_unlock() on every path, early returns included, and move calls out of the locked part.',
    function: 'check_resource_leak',
  },
  {
    kind: 'spin-lock-order',
    title: 'Locks are taken or given up in the wrong order',
    reason: [
      /Locking two bpf_spin_locks are not allowed/,
      /\w+_unlock without taking a lock/,
      /\w+_unlock of different lock/,
      /\w+_unlock cannot be out of order/,
      /AA deadlock detected/,
    ],
    sentence: 'A program may hold one bpf_spin_lock at a time, and gives up the one that it took.',
    advice: 'Unlock before the next lock is taken, and through a pointer to the same map value.',
    function: 'process_spin_lock',
  },
  {
    kind: 'spin-lock-needed',
    title: 'The lock of the list or tree is not held',
    reason: [
      /bpf_spin_lock at off=(?<offset>-?\d+) must be held for (?<root>\S+)/,
      /held lock and object are not in the same allocation/,
    ],
    sentence: 'A list or tree may be changed only while the lock that lies beside its head is held.',
    advice: 'Take the bpf_spin_lock of the same struct before the call.',
    function: 'check_reg_allocation_locked',
  },
  {
    kind: 'rcu-region',
    title: 'RCU: a region that is not closed, or not open',
    reason: [
      /bpf_rcu_read_unlock is missing/,
      /(?<what>[^\n]+) cannot be used inside bpf_rcu_read_lock-ed region/,
      /unmatched rcu read unlock/,
      /nested rcu read lock/,
      /kernel func (?<function>\S+) requires RCU critical section protection/,
      /expected an RCU CS when using (?<function>\S+)/,
    ],
    sentence:
      'Calls of bpf_rcu_read_lock() and bpf_rcu_read_unlock() have to come in pairs on every path, and some others have to be between them.',
    advice:
      'Unlock on every path, early returns included; and call what is protected by RCU between the two.',
    function: 'check_kfunc_call',
  },
  {
    kind: 'preemption-region',
    title: 'Preemption is left disabled',
    reason: [
      /bpf_preempt_enables? (?:is|are) missing/,
      /(?<what>[^\n]+) cannot be used inside bpf_preempt_disable-ed region/,
      /unmatched attempt to enable preemption/,
      /global function calls are not allowed with preemption disabled/,
    ],
    sentence: 'Calls of bpf_preempt_disable() and bpf_preempt_enable() have to come in pairs on every path.',
    advice: 'Enable preemption on every path, early returns included.',
    function: 'check_resource_leak',
  },
  {
    kind: 'interrupt-region',
    title: 'Interrupts are left disabled',
    reason: [
      /(?<what>[^\n]+) cannot be used inside bpf_local_irq_save-ed region/,
      /cannot restore irq state out of order/,
      /irq flag acquired by \S+ kfuncs cannot be restored/,
    ],
    sentence: 'What bpf_local_irq_save() saved has to be restored on every path, the last saved first.',
    advice: 'Call bpf_local_irq_restore() with the same variable on every path, early returns included.',
    function: 'check_resource_leak',
  },
  {
    kind: 'unreleased-reference',
    title: 'A reference is not released',
    reason: [
      /Unreleased reference id=(?<id>\d+) alloc_insn=(?<number>\d+)/,
      /Leaking reference id=(?<id>\d+) alloc_insn=(?<number>\d+)/,
      /would lead to reference leak/,
    ],
    sentence:
      'What the program acquired[ at instruction {number}] has to be given up on every path before it ends, and on this path it is not.',
    advice:
      'Submit or discard a record of a ring buffer, release a socket, task or other object, and drop an object that was allocated, ' +
      'on every path behind the check that the call succeeded; early returns are paths, too.',
    function: 'check_reference_leak',
  },
  {
    kind: 'nothing-to-release',
    title: 'There is nothing to release',
    reason: [
      /arg \d+ is an unacquired reference/,
      /release (?:helper|kfunc|kernel function) (?<function>\S+) expects re(?:ferenced|fcounted) PTR_TO_BTF_ID/,
      /reference has not been acquired before/,
      /(?<register>R\d+) must be referenced when passed to release function/,
    ],
    sentence:
      'The call gives up a reference that the program does not hold: it never acquired it, or has given it up already.',
    advice: 'Release exactly what the matching call gave out, once, and do not use it afterwards.',
    function: 'check_func_arg',
  },
]

/**
 * What the verifier says, by kind, for kinds of which test/fixtures/verifier-logs/kernels/reasons.json has none: made from the
 * formats in kernel/bpf/verifier.c (btf.c where it says so) of the Linux that is named.
 */
export const rejectionSamples: Readonly<Record<string, readonly string[]>> = {
  // 6.12
  'verifier-bug': ['verifier internal error: more than one release argument', 'BUG spi 3'],
  'unknown-helper': ['invalid func unknown#9999'],
  // What libbpf 1.2 and later put in the place of a map that was not created (POISON_LDIMM64_MAP_BASE).
  'missing-map': ['invalid func unknown#2001000003'],
  // 6.12, 7.2
  'allocated-object': ['arg#0 expected pointer to allocated object', 'R1 expected for bpf_obj_drop()'],
  'wrong-object': [
    'R1 is of type sock but task_struct is expected',
    'kernel function bpf_task_acquire args#0 expected pointer to STRUCT task_struct but R1 has a pointer to STRUCT cgroup',
    'kernel function bpf_task_acquire R1 expected pointer to STRUCT task_struct but R1 has a pointer to STRUCT cgroup',
  ],
  // 6.1, 6.12, 7.2
  'dynptr-argument': [
    'Expected a dynptr of type ringbuf as arg #0',
    'arg#1 expected pointer to stack or const struct bpf_dynptr',
    'cannot pass in dynptr at an offset',
    'dynptr has to be at a constant offset',
  ],
  'iterator-argument': ['arg#0 expected pointer to an iterator on stack'],
  'scalar-argument': ['arg#1 is not a scalar', 'R2 is not a scalar'],
  'memory-argument': [
    'arg#0 arg#1 memory, len pair leads to invalid memory access',
    'R1 and R2 memory, len pair leads to invalid memory access',
    'arg#0 pointer type STRUCT sock must point to scalar, or struct with scalar',
  ],
  'sleepable-map': ['Sleepable programs can only use array and hash maps'],
  callback: ['callback function not static', 'arg1 expected pointer to func'],
  'spin-lock-needed': ['bpf_spin_lock at off=16 must be held for bpf_rb_root'],
  'interrupt-region': [
    'BPF_EXIT instruction in main prog cannot be used inside bpf_local_irq_save-ed region',
  ],
  'memory-of-this-type': ["R3 invalid mem access 'pkt_end'"],
  'memory-bounds': [
    'invalid access to memory, mem_size=8 off=8 size=4',
    'invalid access to map key, key_size=4 off=4 size=4',
  ],
  'index-outside': ['R2 max value is outside of the array range'],
  'modified-pointer': [
    'dereference of modified trusted_ptr_ ptr R1 off=8 disallowed',
    'R1 must have zero offset when passed to release func or trusted arg to kfunc',
  ],
  'kernel-object-offset': [
    'R1 is ptr_task_struct invalid negative access: off=-8',
    'R1 is ptr_task_struct access percpu memory: off=8',
  ],
  'write-only-map': ['read from map forbidden, value_size=8 off=0 size=8'],
  'packet-to-helper': ['helper access to the packet is not allowed'],
  'stack-uninitialised': [
    // 5.10
    'invalid indirect read from stack R2 off -8+4 size 8',
    'invalid read from stack off -8+0 size 8',
    // 7.2
    'invalid read from stack R2 off -8+4 size 8',
    'invalid read from stack R2 var_off (0x0; 0x8)+4 size 8',
  ],
  'frame-pointer-write': ['frame pointer is read only'],
  'pointer-leak': [
    'R0 leaks addr as return value',
    'R1 leaks addr into map',
    'R2 partial copy of pointer',
    'R1 pointer comparison prohibited',
  ],
  'pointer-arithmetic-32': ['R1 32-bit pointer arithmetic prohibited'],
  'unprivileged-arithmetic': [
    'R1 tried to add from different maps, paths or scalars, pointer arithmetic with it prohibited for !root',
    'R1 stack pointer arithmetic goes out of range, prohibited for !root; off=8',
  ],
  shift: ['invalid shift 64'],
  'two-kinds-of-pointer': ['same insn cannot be used with different pointers'],
  'back-edge': ['back-edge from insn 7 to 2'],
  // kernel/bpf/cfg.c in 7.2
  unreachable: ['unreachable insn 2'],
  'jump-out-of-range': ['jump out of range from insn 1 to 9'],
  'no-exit': ['last insn is not an exit or jmp'],
  // 6.1
  'function-types': ["arg#1 reference type('UNKNOWN ') size cannot be determined: -22"],
  // 7.2
  'undefined-behaviour': ['unexpected __bpf_trap() due to uninitialized variable?'],
  'jump-into-immediate': ['jump into the middle of ldimm64 insn 3', 'invalid bpf_ld_imm64 insn'],
  'malformed-instruction': ['unknown opcode 8d', 'BPF_JMP/JMP32 uses reserved fields', 'R11 is invalid'],
  // 5.10
  'tail-call-mixing': [
    'mixing of tail_calls and bpf-to-bpf calls is not supported',
    'tail_calls are not allowed in non-JITed programs with bpf-to-bpf calls',
  ],
  'too-many-instructions': ['BPF program is too large. Processed 1000001 insn'],
  'too-many-branches': ['The sequence of 8193 jumps is too complex.'],
  // check_btf.c in 7.2
  'debug-information': [
    "number of funcs in func_info doesn't match number of subprogs",
    'Invalid line_info[3].insn_off:9 (prev_offset:9 prog->len:7)',
  ],
  privileges: [
    'loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN',
    "'struct task_struct' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN",
  ],
  'compiler-needed': ['JIT does not support calling kernel function'],
  'map-reference': ['fd 7 is not pointing to valid bpf_map'],
  'kernel-symbol': ["ldimm64 failed to find the address for kernel symbol 'jiffies'."],
}

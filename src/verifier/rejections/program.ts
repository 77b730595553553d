import type { RejectionKind } from '../rejection.ts'

/** What the verifier says when it has made a mistake itself; its words may have those of a rejection in them. */
export const verifierBug: RejectionKind = {
  kind: 'verifier-bug',
  title: 'The verifier itself is at fault',
  reason: [
    /verifier bug/i,
    /verifier internal error/,
    /kernel subsystem misconfigured/,
    /\bBUG[: ]/,
    /REG INVARIANTS VIOLATION/,
  ],
  sentence:
    'The verifier came to a state that it takes for impossible, which says nothing about the program.',
  advice:
    'Report it to bpf@vger.kernel.org with the object and the log; a small change of the program may avoid it.',
  function: 'do_check',
}

/** What is wrong with the program as a whole, or with who loads it. */
export const programRejections: readonly RejectionKind[] = [
  {
    kind: 'debug-information',
    title: 'The debugging information does not fit the program',
    reason: [
      /number of funcs in func_info doesn't match number of subprogs/,
      /func_info BTF section doesn't match subprog layout/,
      /invalid func info rec size/,
      /nonzero tailing record in (?:func info|line_info|core_relo)/,
      /insn_off \d+ for the first func info record/,
      /same or smaller insn offset/,
      /invalid type id \d+ in func info/,
      /Invalid (?:line_info|core_relo)\[\d+\]/,
      /Invalid insn code at line_info/,
      /missing bpf_(?:line_info|func_info)/,
      /missing btf func_info/,
    ],
    sentence:
      'Functions and lines of .BTF.ext have to lie where the functions of the program start, and here they do not.',
    advice:
      'Build the object with -g in one go; a tool that cuts or moves instructions has to move their records along.',
    function: 'check_btf_func',
  },
  {
    kind: 'function-types',
    title: 'A function of the program has no types',
    reason: [
      /(?:tail_call|LD_ABS) is not allowed in subprogs without BTF/,
      /(?:tail_call|LD_ABS) is only allowed in functions that return 'int'/,
      /arg#\d+ reference type\('UNKNOWN '\) size cannot be determined/,
      /Arg#\d+ type \S+ in (?<function>\S+)\(\) is not supported yet/,
    ],
    sentence:
      'The verifier checks this function by its types, and they are missing or are none that it can check.',
    advice:
      'Compile with -g, let the function return int, and give it arguments of plain types or pointers to structs, not void pointers.',
    function: 'check_abnormal_return',
  },
  {
    kind: 'attach-target',
    title: 'The program cannot be for this function of the kernel',
    reason: [
      /attach_btf_id \d+ (?:is invalid|is not a \w+|doesn't have a name|points to wrong type|is not a supported struct)/,
      /attach to (?:invalid|unsupported) member/,
      /(?<function>\S+) is not modifiable/,
      /Attaching (?:tracing programs|fexit\S*) to [^\n]* is rejected/,
      /can't modify return codes of BPF programs/,
      /The address of function (?<function>\S+) cannot be found/,
      /Tracing programs must provide btf_id/,
      /Cannot (?:recursively attach|nest tracing|extend fentry|replace)/,
      /Subprog (?<function>\S+) doesn't exist/,
    ],
    sentence: 'A program of this type cannot be attached to what its section names[: {function}].',
    advice:
      'Name another function in the section, or use another type of program; a kprobe can be on most functions.',
    function: 'bpf_check_attach_target',
  },
  {
    kind: 'privileges',
    title: 'More privileges are needed',
    reason: [
      /allowed (?:only )?(?:for|to) (?<capability>CAP_\w+(?: and CAP_\w+)*)/,
      /(?<capability>CAP_\w+(?: and CAP_\w+)*) (?:are|is) required to/,
      /destructive kfunc calls require (?<capability>CAP_SYS_BOOT)/,
      /prohibited for !root/,
    ],
    sentence: 'Whoever loads the program lacks a capability that this takes[: {capability}].',
    advice:
      'Load the program with the capability, or do without it; CAP_SYS_ADMIN has CAP_BPF and CAP_PERFMON in it.',
    function: 'add_subprog_and_kfunc',
  },
  {
    kind: 'compiler-needed',
    title: 'The JIT compiler is needed for this',
    reason: [
      /JIT is required/,
      /JIT (?:does not|doesn't) support (?<what>[^\n]+)/,
      /program requires BPF JIT compiler but it is not available/,
      /not (?:allowed|supported) in non-JITed programs/,
      /not supported without CONFIG_DEBUG_INFO_BTF/,
      /kernel is missing BTF/,
    ],
    sentence:
      'The kernel does this only in programs that its JIT compiler translates, and with types of its own (BTF).',
    advice:
      'Switch the compiler on (sysctl net.core.bpf_jit_enable=1), or use a kernel that has it, and BTF, for this processor.',
    function: 'add_kfunc_call',
  },
  {
    kind: 'map-for-program',
    title: 'Programs of this type cannot use the map',
    reason: [
      /(?:tracing|socket filter|sleepable) progs cannot use (?<what>\S+) yet/,
      /can only use preallocated hash map/,
      /bpf_struct_ops map cannot be used in prog/,
      /only one cgroup storage of each type is allowed/,
      /Only one arena per program/,
      /no direct value access support for this map type/,
    ],
    sentence:
      'The program uses a map, or a field in its values[ ({what})], that its type cannot work with, or more of them than it may.',
    advice:
      'Use a map of another type, leave BPF_F_NO_PREALLOC away on older kernels, or move the work to a program that can.',
    function: 'check_map_prog_compatibility',
  },
  {
    kind: 'map-reference',
    title: 'What stands for a map is none',
    reason: [
      /fd \d+ is not pointing to valid bpf_map/,
      /invalid access to map value pointer, value_size=(?<size>\d+) off=(?<offset>\d+)/,
      /The total number of maps per program has reached the limit/,
    ],
    sentence:
      'An instruction names a map by a descriptor that is none of a map, or a byte that its value does not have.',
    advice: 'Load the object by a loader that creates its maps first and fills their descriptors in.',
    function: 'resolve_pseudo_ldimm64',
  },
  {
    kind: 'kernel-symbol',
    title: 'A symbol of the kernel cannot be used',
    reason: [
      /ldimm64 failed to find the address for kernel symbol '(?<symbol>[^']*)'/,
      /pseudo btf_id \d+ in ldimm64 isn't KIND_VAR/,
      /ldimm64 insn specifies invalid btf_id/,
      /invalid kernel function btf_id/,
      /cannot find address for kernel function (?<symbol>\S+)/,
    ],
    sentence:
      'The program names a variable or function of the kernel[, {symbol},] that this kernel does not have, or hides.',
    advice: 'Declare it __weak and ask for it with bpf_ksym_exists() before it is used.',
    function: 'check_pseudo_btf_id',
  },
]

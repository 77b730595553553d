import type { RejectionKind } from '../rejection.ts'

/** Calls of helpers, of functions of the kernel, and of the program's own functions. */
export const callRejections: readonly RejectionKind[] = [
  {
    kind: 'missing-in-kernel',
    title: 'This kernel lacks what the program accesses',
    reason: [/unknown#195896080/],
    sentence:
      'A CO-RE relocation found nothing in this kernel, or a field of another size. The instruction was therefore made one that ' +
      'is refused, and this path leads to it.',
    advice:
      'Ask first: bpf_core_field_exists(), bpf_core_type_exists() or bpf_core_enum_value_exists() in an if around the access ' +
      'keep the path from being followed on kernels that lack it.',
    function: 'check_helper_call',
  },
  {
    kind: 'missing-kernel-function',
    title: 'This kernel lacks a function that the program calls',
    reason: [/unknown#2002\d{6}/],
    sentence:
      'The program declares a function of the kernel as __weak, this kernel does not have it, and this path calls it.',
    advice: 'Put the call into an if (bpf_ksym_exists(function)).',
    function: 'check_helper_call',
  },
  {
    kind: 'missing-map',
    title: 'This kernel lacks a map that the program uses',
    reason: [/unknown#2001\d{6}/],
    sentence: 'A map of the object was not created, and this path uses it.',
    advice:
      'Keep the path from being followed where the map is missing: by a constant in .rodata that is set before loading.',
    function: 'check_helper_call',
  },
  {
    kind: 'unknown-helper',
    title: 'This kernel has no such helper',
    reason: [/invalid func (?<helper>unknown#\d+)/],
    sentence: 'The number of the helper, {helper}, is larger than those that this kernel knows.',
    advice:
      'Ask with bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_name) before the call, and do without it there.',
    function: 'check_helper_call',
  },
  {
    kind: 'helper-not-for-type',
    title: 'Programs of this type cannot call the helper',
    reason: [
      /program of this type cannot use helper (?<helper>\S+)/,
      /unknown func (?<helper>\S+)/,
      /func (?<helper>\S+) (?:supported only for fentry|not supported for program type)/,
      /helper call is not allowed in probe/,
    ],
    sentence:
      'Each program type has its own list of helpers[, and {helper} is not on that of this one], or is only with more privileges.',
    advice:
      'Use a helper that the type has, or a program type that has the helper; some need CAP_PERFMON, and in older kernels a ' +
      'GPL-compatible license.',
    function: 'check_helper_call',
  },
  {
    kind: 'license',
    title: 'Only programs under the GPL may do this',
    reason: [
      /cannot call GPL-restricted function from non-GPL compatible program/,
      /cannot call kernel function from non-GPL compatible program/,
      /Cannot access kernel 'struct (?<struct>[^']*)' from non-GPL compatible program/,
      /struct ops programs must have a GPL compatible license/,
    ],
    sentence:
      'This is for programs whose license is compatible with the GPL, and the section license of the object names none.',
    advice: 'Declare it: char LICENSE[] SEC("license") = "GPL"; or "Dual BSD/GPL", if you may license it so.',
    function: 'check_helper_call',
  },
  {
    kind: 'kernel-function-not-allowed',
    title: 'Programs of this type cannot call the function of the kernel',
    reason: [/calling kernel function (?<function>\S+) is not allowed/],
    sentence: 'The kernel has {function}(), and allows it to other program types only.',
    advice: 'Call it from a program of a type that it is registered for, or find another way.',
    function: 'check_kfunc_call',
  },
  {
    kind: 'untrusted-pointer',
    title: 'The pointer is not one that the kernel vouches for',
    reason: [
      /(?<register>R\d+) must be (?:referenced or trusted|a rcu pointer|referenced)/,
      /arg#(?<argument>\d+) must be (?:referenced or trusted|a rcu pointer)/,
      /(?:R\d+|arg#\d+) is neither owning or non-owning ref/,
      /allocated object must be referenced/,
    ],
    sentence:
      'The function wants an object that cannot go away during the call: one that the program holds a reference to, that is an ' +
      'argument of the program, or that is protected by RCU[; {register} is {value}].',
    advice:
      'Acquire it first (bpf_task_acquire(), bpf_cgroup_from_id(), ...) and check the result for NULL, or take it as an ' +
      'argument of the program; a pointer that was read from another object is no longer trusted.',
    function: 'check_kfunc_args',
  },
  {
    kind: 'possibly-null-argument',
    title: 'The argument may be NULL',
    reason: [
      /Possibly NULL pointer passed to (?:helper|trusted) (?<register>R\d+)/,
      /Possibly NULL pointer passed to (?:helper|trusted) arg(?<argument>\d+)/,
      /(?<register>R\d+) type=(?<type>\w*_or_null\w*) expected=(?<expected>[^\n]*)/,
      /(?:arg#\d+|R\d+) is expected to be non-NULL/,
    ],
    sentence:
      'The function wants a pointer[, in {register},] that is not NULL, and this one may be: nothing has compared it with NULL on ' +
      'this path.',
    advice: 'Compare the pointer with NULL before the call, and leave or skip the call where it is NULL.',
    function: 'check_reg_type',
  },
  {
    kind: 'allocated-object',
    title: 'The argument has to be an object of the program',
    reason: [
      /expected pointer to (?:map value or )?allocated object/,
      /expected for bpf_(?:percpu_)?obj_drop/,
      /doesn't point to (?:a )?map value/,
      /doesn't point to a type with bpf_refcount field/,
      /can only take non-owning or refcounted bpf_rb_node pointer/,
    ],
    sentence:
      'The function works on objects that bpf_obj_new() gave out, or that lie in a map value, and this is none.',
    advice: 'Pass the object as bpf_obj_new() or the lookup gave it, after checking that it is not NULL.',
    function: 'check_kfunc_args',
  },
  {
    kind: 'context-argument',
    title: 'The function wants the context',
    reason: [
      /arg#(?<argument>\d+) expected pointer to ctx, but got (?<type>\S+)/,
      /(?<register>R\d+) expected pointer to ctx, but got (?<type>\S+)/,
      /(?:arg#\d+|R\d+) expects pointer to ctx/,
      /(?<register>R\d+) type=(?<type>\S+) expected=ctx$/m,
    ],
    sentence: "The argument has to be the program's context[, and it is of type {type}].",
    advice: 'Pass ctx on as the program got it, not a copy of it and not one of its fields.',
    function: 'check_kfunc_args',
  },
  {
    kind: 'wrong-object',
    title: 'A pointer to another kind of object',
    reason: [
      /(?<register>R\d+) is of type (?<type>\S+) but (?<expected>\S+) is expected/,
      /kernel function (?<function>\S+) (?:args#\d+|R\d+) expected pointer to (?<expected>\S+ \S*) but (?<register>R\d+) has a pointer to (?<type>\S+ \S*)/,
      /invalid kptr access, (?<register>R\d+) type=(?<type>\S*) expected=(?<expected>\S*)/,
    ],
    sentence: 'The function wants a pointer to {expected}, and {register} points to {type}.',
    advice:
      'Pass the object itself. If the types are one in the kernel, convert with bpf_core_cast() where the function reads only.',
    function: 'check_reg_type',
  },
  {
    kind: 'initialised-object',
    title: 'An object that has to be initialised is not, or is already',
    reason: [
      /[Ee]xpected an initialized (?<what>dynptr|iter_\w+|irq flag) as (?:arg ?#(?<argument>\d+)|R\d+)/,
      /expected uninitialized (?<what>iter_\w+|irq flag) as/,
      /Dynptr has to be an uninitialized (?<what>dynptr)/,
      /expected valid (?<what>iter) pointer as/,
      /cannot overwrite referenced (?<what>dynptr)/,
      /potential write to (?<what>dynptr) at off=/,
    ],
    sentence:
      'On this path the {what} is not in the state that the call wants: it has to be made, on the stack, before it is used, and ' +
      'neither made again nor written to before it is given up.',
    advice:
      'Make it once, use and destroy it on every path that made it; for iterators, bpf_for_each() does it. Check whether the ' +
      'call that makes it failed.',
    function: 'process_dynptr_func',
  },
  {
    kind: 'dynptr-argument',
    title: 'Not a dynptr of the kind that is wanted',
    reason: [
      /Expected a dynptr of type (?<type>\S+) as/,
      /(?:arg#\d+|R\d+) expected pointer to stack or const struct bpf_dynptr/,
      /cannot pass in (?<what>\S+) at an offset/,
      /\S+ has to be at a constant offset/,
      /CONST_PTR_TO_DYNPTR cannot be released/,
      /cannot pass pointer to const bpf_dynptr, the helper mutates it/,
    ],
    sentence: 'The call wants the address of a struct bpf_dynptr on the stack[, of type {type}].',
    advice: 'Declare it as a local variable, make it with the call for its kind, and pass its address.',
    function: 'process_dynptr_func',
  },
  {
    kind: 'iterator-argument',
    title: 'Not an iterator',
    reason: [/(?:arg#\d+|R\d+) expected pointer to an iterator on stack/],
    sentence: 'The call wants the address of an iterator on the stack.',
    advice: 'Declare the iterator as a local variable and pass its address, or use bpf_for_each().',
    function: 'process_iter_arg',
  },
  {
    kind: 'argument-type',
    title: 'The argument is of the wrong type',
    reason: [/(?<register>R\d+) type=(?<type>\S+) expected=(?<expected>[^\n]+)/],
    sentence: 'The function wants {register} to be of type {expected}, and it is {type}.',
    advice:
      'Pass what the function takes, in its order. fp is an address on the stack, scalar a number, map_ptr the address of a map, ' +
      'ctx the context; a number where a pointer is wanted was a pointer once, or is NULL.',
    function: 'check_reg_type',
  },
  {
    kind: 'constant-argument',
    title: 'The argument has to be a constant',
    reason: [
      /(?<register>R\d+) (?:must be a known constant|is not a known constant|is not a const)/,
      /(?<register>R\d+) unbounded size, use 'var &= const' or 'if \(var < const\)'/,
      /(?<register>R\d+) is not a constant address/,
      /(?<register>R\d+) does not point to a readonly map/,
      /(?:arg#\d+|R\d+) doesn't point to a const string/,
      /string is not zero-terminated/,
      /Invalid format string/,
    ],
    sentence:
      'The argument[ in {register}] has to be known when the program is loaded: a constant, or a string in read-only memory.',
    advice:
      'Pass a literal, or a static const variable, in place of one that is computed; format strings end in a zero byte and have ' +
      'known conversions only.',
    function: 'check_func_arg',
  },
  {
    kind: 'scalar-argument',
    title: 'The argument has to be a number',
    reason: [/(?:arg#(?<argument>\d+)|R\d+) is not a scalar$/m],
    sentence: 'The function takes a number here, and gets a pointer.',
    advice: 'Pass the value that the pointer points to.',
    function: 'check_kfunc_args',
  },
  {
    kind: 'memory-argument',
    title: 'Pointer and size do not fit together',
    reason: [
      /(?:arg#\d+|R\d+) (?:arg#\d+|and R\d+) memory, len pair leads to invalid memory access/,
      /(?:arg#\d+|R\d+) pointer type \S+ [^\n]* must point to/,
      /(?:arg#\d+|R\d+) reference type\('(?!UNKNOWN)[^\n]*\) size cannot be determined/,
    ],
    sentence:
      'The function takes memory of a size that is passed with it or is that of its type, and gets less, or none.',
    advice:
      'Pass a buffer that has at least as many bytes, and its size as a constant or with an upper bound.',
    function: 'check_kfunc_args',
  },
  {
    kind: 'map-for-helper',
    title: 'The helper is not for maps of this type',
    reason: [
      /cannot pass map_type (?<type>\d+) into func (?<helper>\S+)/,
      /cannot update sockmap in this context/,
    ],
    sentence:
      'The helper[ {helper}] does not work on maps of this type[, number {type} of enum bpf_map_type].',
    advice: 'Use the helpers of the map’s type: a ring buffer, for one, has no elements to look up.',
    function: 'check_map_func_compatibility',
  },
  {
    kind: 'map-content',
    title: 'The map has no such field',
    reason: [
      /map '(?<map>[^']*)' has (?:to have BTF in order to use|no valid) (?<field>\S+)/,
      /off -?\d+ doesn't point to '?(?:struct )?(?<field>\w+)/,
      /(?<register>R\d+) doesn't have constant offset\. (?<field>\S+) has to be at the constant offset/,
      /(?<register>R\d+) has no valid (?<field>kptr)/,
      /map '(?<map>[^']*)' (?:doesn't have|has more than one) 'struct (?<field>\w+)'/,
    ],
    sentence:
      'The call wants the address of a {field} in a map value, at the place where the map’s types have it.',
    advice:
      'Declare the map with __type(key, ...) and __type(value, ...), the field in the struct of the value, and pass the address of ' +
      'that field itself.',
    function: 'process_spin_lock',
  },
  {
    kind: 'sleeping-call',
    title: 'A call that may sleep, where the program may not',
    reason: [
      /helper call might sleep in a non-sleepable prog/,
      /program must be sleepable to call sleepable kfunc (?<function>\S+)/,
      /sleepable (?:helper|global function) (?<function>\S+) (?:called )?in (?<place>[^\n]+)/,
      /kernel func (?<function>\S+) is sleepable within (?<place>[^\n]+)/,
    ],
    sentence:
      'The call[ of {function}] may have to wait, as for memory to be read in. That is allowed only in sleepable programs, and there only ' +
      'outside of locks and of regions of RCU or without preemption.',
    advice:
      'Make the program sleepable by its section (fentry.s/, lsm.s/, uprobe.s/, iter.s/, syscall), if its type can be, and end ' +
      'the region before the call; or use a call that does not sleep.',
    function: 'check_helper_call',
  },
  {
    kind: 'sleepable-program',
    title: 'The program cannot be sleepable',
    reason: [
      /(?:Only [\w/, -]+ programs can be sleepable|Program of this type cannot be sleepable|programs cannot be sleepable)/,
      /Sleepable program cannot attach to non-faultable tracepoint/,
      /(?<function>\S+) is not sleepable$/m,
    ],
    sentence:
      'The section makes the program sleepable, which its type, or the function that it is for, cannot be.',
    advice: 'Leave the .s out of the section’s name, or choose a place where the kernel may wait.',
    function: 'check_attach_btf_id',
  },
  {
    kind: 'sleepable-map',
    title: 'Sleepable programs cannot use the map',
    reason: [/Sleepable programs can only use/],
    sentence:
      'Sleepable programs may use maps of some types only: arrays, hash maps, ring buffers and local storage are among them.',
    advice: 'Use a map of one of these types, or a program that does not sleep.',
    function: 'check_map_prog_compatibility',
  },
  {
    kind: 'callback',
    title: 'Not a function that can be called back',
    reason: [
      /callback function not static/,
      /callback function cannot be the main program/,
      /(?:arg#?\d+|R\d+) expected pointer to func/,
      /callback function not allowed for map/,
      /failed callback verification/,
    ],
    sentence:
      'The call takes a static function of the program, with the arguments that it will be called with.',
    advice: 'Pass the name of a static function that is not the program itself.',
    function: 'check_ld_imm',
  },
  {
    kind: 'global-function-argument',
    title: 'A global function is called with something else than it was verified for',
    reason: [
      /Caller passes invalid args into func#(?<number>\d+)/,
      /(?:arg#\d+|R\d+) is a packet pointer, but func#\d+ may change packet data/,
    ],
    sentence:
      'A global function is verified on its own, by the types of its arguments alone: a pointer may be NULL there, and points to ' +
      'one object of its type. What is passed here does not fit that.',
    advice:
      'Pass a whole object of the declared type, tag arguments with __arg_ctx, __arg_nonnull or __arg_trusted, or make the function ' +
      'static, so that it is verified with each call.',
    function: 'check_func_call',
  },
]

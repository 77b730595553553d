import type { RejectionKind } from '../rejection.ts'

/** Accesses to memory that the verifier cannot see to be good. */
export const memoryRejections: readonly RejectionKind[] = [
  {
    kind: 'possibly-null-access',
    title: 'The pointer may be NULL',
    reason: [/(?<register>R\d+) invalid mem access '(?<type>\w*_or_null\w*)'/],
    sentence:
      '{register} may be NULL here: it comes from a lookup, or another call that can fail, and nothing has compared it ' +
      'with NULL on this path.',
    advice:
      'Compare the pointer with NULL before its first use, and leave or skip the access where it is NULL.',
    function: 'check_mem_access',
  },
  {
    kind: 'possibly-null-arithmetic',
    title: 'The pointer may be NULL when something is added to it',
    reason: [/(?<register>R\d+) pointer arithmetic on (?<type>\w*_or_null\w*) prohibited/],
    sentence:
      'Something is added to {register} while it may still be NULL; comparing the sum with NULL would tell nothing any more.',
    advice: 'Compare the pointer with NULL first, and only then index it or take the address of a member.',
    function: 'adjust_ptr_min_max_vals',
  },
  {
    kind: 'number-as-pointer',
    title: 'A number is used as a pointer',
    reason: [/(?<register>R\d+) invalid mem access '(?:scalar|inv)'/],
    sentence:
      '{register} is no pointer to the verifier here but a number[: {value}]. Memory may be accessed only through a pointer ' +
      'whose origin the verifier knows.',
    advice:
      'Read through an address of the kernel with bpf_probe_read_kernel() or BPF_CORE_READ(), and through one of user space ' +
      'with bpf_probe_read_user(). A pointer that was good before became a number by a cast, by arithmetic, or by being stored ' +
      'where its type is not kept: use it as the verifier gave it.',
    function: 'check_mem_access',
  },
  {
    kind: 'memory-of-this-type',
    title: 'A pointer of this type cannot be read through',
    reason: [/(?<register>R\d+) invalid mem access '(?<type>[^']+)'/],
    sentence:
      '{register} is a pointer of type {type}, which may be compared or passed on but not read or written through.',
    advice: 'Use the helper or kernel function that works on such an object, or another pointer to the data.',
    function: 'check_mem_access',
  },
  {
    kind: 'map-value-bounds',
    title: 'Access outside of a map value',
    reason: [/invalid access to map value, value_size=(?<size>\d+) off=(?<offset>-?\d+) size=(?<bytes>\d+)/],
    sentence:
      'The access may take {bytes} bytes at offset {offset} of a map value that has {size}. Where the offset varies, this is ' +
      'the smallest or largest that the verifier cannot rule out.',
    advice:
      'Compare the index with the number of elements before the access, unsigned, so that no larger one is left; or make the ' +
      'value of the map larger.',
    function: '__check_mem_access',
  },
  {
    kind: 'memory-bounds',
    title: 'Access outside of an object',
    reason: [
      /invalid access to (?<what>map key|memory|context), \w+_size=(?<size>\d+) off=(?<offset>-?\d+) size=(?<bytes>\d+)/,
    ],
    sentence:
      'The access may take {bytes} bytes at offset {offset} of the {what} that the pointer is to, which has {size}.',
    advice:
      'Bound the offset by the size of the object before the access, or ask for a larger one where it comes from a call.',
    function: '__check_mem_access',
  },
  {
    kind: 'object-bounds',
    title: 'The object has no such field',
    reason: [
      /(?<register>R\d+) invalid (?<type>\S+) access off=(?<offset>-?\d+) size=(?<bytes>\d+)/,
      /(?<register>R\d+) invalid (?<type>\S+ buffer) access: off=(?<offset>-?\d+), size=(?<bytes>\d+)/,
      /(?<register>R\d+) invalid (?:variable|negative) (?:(?<type>\S+) )?buffer offset: off=(?<offset>-?\d+)/,
      /invalid access to (?<type>flow keys) off=(?<offset>-?\d+) size=(?<bytes>\d+)/,
      /invalid variable offset to (?<type>flow keys): off=(?<offset>-?\d+)/,
    ],
    sentence:
      'The object[ of type {type}] has no field at offset {offset}[ that takes {bytes} bytes], or the offset is no constant, which ' +
      'it has to be.',
    advice:
      'Use fields of the type that the call gives out (struct bpf_sock, struct bpf_flow_keys, ...), each with its own size.',
    function: 'check_sock_access',
  },
  {
    kind: 'packet-bounds',
    title: 'Access behind the part of the packet that was checked',
    reason: [
      /invalid access to packet, off=(?<offset>-?\d+) size=(?<bytes>\d+), (?<register>R\d+)\(id=\d+,off=-?\d+,r=(?<range>\d+)\)/,
      /(?<register>R\d+) offset is outside of the packet/,
    ],
    sentence:
      'A packet may be shorter than the program thinks: before it is accessed through {register}, the end of the access has ' +
      'to be compared with data_end on this path.[ The access takes {bytes} bytes at offset {offset}, and {range} are ' +
      'known to be there.]',
    advice:
      'Compare first: if ((void *)(header + 1) > data_end) return. After a call that may change the packet, read data and ' +
      'data_end again and compare again.',
    function: 'check_packet_access',
  },
  {
    kind: 'negative-index',
    title: 'The index may be negative',
    reason: [
      /(?<register>R\d+) min value is negative, either use unsigned index or do a if \(index >=0\) check/,
    ],
    sentence:
      'The access through {register} may go to a place before the object, because the verifier cannot rule out that the index is negative[: {value}].',
    advice: 'Make the index unsigned, or check before the access that it is not below 0.',
    function: 'check_mem_region_access',
  },
  {
    kind: 'unbounded-index',
    title: 'The index has no upper bound',
    reason: [/(?<register>R\d+) unbounded memory access, make sure to bounds check any such access/],
    sentence:
      'The access through {register} goes to an index or offset for which the verifier knows no upper bound[: {value}].',
    advice:
      'Compare the index with the number of elements right before the access, or mask it with a power of two minus one. Where ' +
      'the compiler compares one copy of it and uses another, put barrier_var(index) before the comparison.',
    function: 'check_mem_region_access',
  },
  {
    kind: 'index-outside',
    title: 'The index may be too large or too small',
    reason: [/(?<register>R\d+) (?:min|max) value is outside of the (?:allowed memory|array) range/],
    sentence:
      'The access through {register} goes to an index or offset that may be outside of the object[: {value}].',
    advice: 'Compare the index with the number of elements before the access.',
    function: 'check_mem_region_access',
  },
  {
    kind: 'unbounded-size',
    title: 'The size has no bounds',
    reason: [
      /(?<register>R\d+) unbounded memory access, use 'var &= const' or 'if \(var < const\)'/,
      /(?<register>R\d+) min value is negative, either use unsigned or 'var &= const'/,
    ],
    sentence:
      '{register} is the size of memory that the call accesses, and the verifier has to know that it is neither negative nor ' +
      'larger than the memory[; it knows {value}].',
    advice:
      'Make the size unsigned and bound it right before the call: if (size > sizeof(buffer)) size = sizeof(buffer), or ' +
      'size &= sizeof(buffer) - 1.',
    function: 'check_mem_size_reg',
  },
  {
    kind: 'zero-size',
    title: 'The size may be 0',
    reason: [/invalid zero-sized read/],
    sentence: 'The size that is passed to the call may be 0, and the call wants at least one byte.',
    advice: 'Make the call only where the size is larger than 0.',
    function: 'check_stack_range_initialized',
  },
  {
    kind: 'context-access',
    title: 'The context has no such field',
    reason: [/invalid bpf_context access off=(?<offset>-?\d+)(?: size=(?<bytes>\d+))?/],
    sentence:
      'A program of this type may not do this with[ {bytes} bytes at] offset {offset} of its context: no field is there, or it ' +
      'may be read only, or only as a whole.',
    advice:
      'Use fields that programs of this type have, with their own size, and write only those that may be written. For a ' +
      'tracing program, check the number and the types of the function’s arguments.',
    function: 'check_ctx_access',
  },
  {
    kind: 'modified-context',
    title: 'The pointer to the context was changed',
    reason: [
      /dereference of modified ctx ptr (?<register>R\d+) off=(?<offset>-?\d+) disallowed/,
      /variable ctx access var_off=\S+ disallowed/,
      /negative offset ctx ptr (?<register>R\d+) off=(?<offset>-?\d+) disallowed/,
    ],
    sentence:
      'The context may be accessed, and passed on, only by the pointer that the program was given: here something was added to ' +
      'it before.',
    advice:
      'Access fields by name through the original pointer, and pass that on. Where the compiler adds the offset first, as it ' +
      'does for a field that is used in two branches, read the field into a variable before the branch.',
    function: '__check_ptr_off_reg',
  },
  {
    kind: 'modified-pointer',
    title: 'A pointer that has to be as it was given was changed',
    reason: [
      /dereference of modified (?<type>\S+) ptr (?<register>R\d+) off=(?<offset>-?\d+) disallowed/,
      /variable (?<type>\S+) access var_off=\S+ disallowed/,
      /negative offset (?<type>\S+) ptr (?<register>R\d+) off=(?<offset>-?\d+) disallowed/,
      /(?<register>R\d+) must have zero offset when passed to release func/,
    ],
    sentence: 'The call needs the pointer as the program was given it, and here something was added to it.',
    advice: 'Keep the original pointer in a variable of its own, and pass that one.',
    function: '__check_ptr_off_reg',
  },
  {
    kind: 'kernel-object-bounds',
    title: 'Access outside of an object of the kernel',
    reason: [
      /access beyond struct (?<struct>\S+) at off (?<offset>\d+) size (?<bytes>\d+)/,
      /access beyond the end of member \S+ \(mend:\d+\) in struct (?<struct>\S+) with off (?<offset>\d+) size (?<bytes>\d+)/,
      /struct (?<struct>\S+) doesn't have field at offset (?<offset>-?\d+)/,
    ],
    sentence:
      "The kernel's struct {struct} has no field at offset {offset}[ that takes {bytes} bytes], and only its fields may be read.",
    advice:
      'Access the field by its name and with its own size, so that CO-RE finds where this kernel has it; convert the pointer ' +
      'with bpf_core_cast() where the object is of another type.',
    function: 'btf_struct_walk',
    file: 'kernel/bpf/btf.c',
  },
  {
    kind: 'kernel-object-offset',
    title: 'An offset that varies, or is negative, into an object of the kernel',
    reason: [
      /(?<register>R\d+) is ptr_(?<struct>\S*) invalid (?:variable offset|negative access): off=-?\d+/,
      /(?<register>R\d+) is ptr_(?<struct>\S*) access (?:user|percpu) memory: off=-?\d+/,
    ],
    sentence:
      '{register} points to a struct {struct} of the kernel, and from there fields may be read at constant offsets, in memory of ' +
      'the kernel itself.',
    advice:
      'Read elements of arrays with bpf_probe_read_kernel() or bpf_core_read(), memory of user space with ' +
      'bpf_probe_read_user(), and what is per CPU through bpf_per_cpu_ptr().',
    function: 'check_ptr_to_btf_access',
  },
  {
    kind: 'kernel-object-write',
    title: 'An object of the kernel may only be read',
    reason: [
      /^only read(?: from \S+)? is supported/m,
      /(?<register>R\d+) cannot write into ptr_(?<struct>\S*) at off=/,
      /Writes through BTF pointers are not allowed/,
    ],
    sentence: 'The program writes into an object of the kernel, which it may only read.',
    advice:
      'Copy what is to be changed; to change the object itself, use a kernel function that is made for it.',
    function: 'check_ptr_to_btf_access',
  },
  {
    kind: 'read-only-memory',
    title: 'The memory may only be read',
    reason: [
      /write into map forbidden/,
      /(?<register>R\d+) cannot write into (?<type>\S+)/,
      /write to change key (?<register>R\d+) not allowed/,
      /\w+\(\) may write into memory pointed by (?<register>R\d+) type=rdonly_/,
    ],
    sentence:
      'The program writes to memory that it may only read, as constants (.rodata), maps that are read-only for programs, the key ' +
      'in a callback, and buffers that a call gave out for reading.',
    advice:
      'Leave const away from a variable that the program changes, or copy the data to the stack and change the copy.',
    function: 'check_map_access_type',
  },
  {
    kind: 'write-only-map',
    title: 'The map may only be written',
    reason: [/read from map forbidden/],
    sentence: 'The program reads from a map that is write-only for programs (BPF_F_WRONLY_PROG).',
    advice: 'Make the map without BPF_F_WRONLY_PROG, or keep what has to be read in another one.',
    function: 'check_map_access_type',
  },
  {
    kind: 'atomic-target',
    title: 'No atomic operation on this memory',
    reason: [
      /BPF_(?:ATOMIC|XADD|ST) (?:stores into|loads from) (?<register>R\d+) (?<type>\S+) is not allowed/,
    ],
    sentence:
      '{register} is a pointer of type {type}, and such memory cannot be accessed by this kind of instruction.',
    advice:
      'Do the operation in a map value or on the stack, and copy the result with a plain load or store.',
    function: 'check_atomic',
  },
  {
    kind: 'packet-write',
    title: 'The packet may only be read',
    reason: [/cannot write into packet/, /the prog does not allow writes to packet data/],
    sentence: 'Programs of this type may read the packet and not write it.',
    advice: 'Change packets from a program that may, as those of tc and XDP.',
    function: 'check_mem_access',
  },
  {
    kind: 'packet-to-helper',
    title: 'This call cannot have a pointer into the packet',
    reason: [/helper access to the packet is not allowed/],
    sentence: 'The helper, or programs of this type, cannot take memory of the packet.',
    advice:
      'Copy the bytes to the stack first, with bpf_skb_load_bytes() or after comparing with data_end, and pass that.',
    function: 'check_func_arg',
  },
  {
    kind: 'misaligned',
    title: 'The access is not aligned',
    reason: [/misaligned (?:\w+ )*access off [^\n]+ size (?<bytes>\d+)/],
    sentence:
      'The access takes {bytes} bytes at an address that the verifier cannot see to be a multiple of {bytes}.',
    advice:
      'Align the object, on the stack by __attribute__((aligned(8))), and do not pack the struct; or copy the field with ' +
      '__builtin_memcpy() before it is used.',
    function: 'check_ptr_alignment',
  },
  {
    kind: 'stack-variable-offset',
    title: 'An offset into the stack that varies too far',
    reason: [
      /invalid (?:unbounded )?variable-offset.* stack (?<register>R\d+)/,
      /(?<register>R\d+)\S* variable offset stack access prohibited for !root/,
      /variable offset stack pointer cannot be passed into helper function/,
    ],
    sentence:
      'The access goes to the stack at an offset that varies, and not every value that it may have is inside of the stack.',
    advice:
      'Compare the index with the number of elements before the access; a large local array is better kept in a map.',
    function: 'check_stack_access_within_bounds',
  },
  {
    kind: 'stack-bounds',
    title: 'Access outside of the stack',
    reason: [
      /invalid(?: read from| write to| indirect access to)? stack(?: type)? (?<register>R\d+) off=(?<offset>-?\d+) (?:access_)?size=(?<bytes>-?\d+)/,
      /invalid stack off=(?<offset>-?\d+) size=(?<bytes>-?\d+)/,
    ],
    sentence:
      'The access takes {bytes} bytes at offset {offset} from the frame pointer; the stack of a function is the 512 bytes below ' +
      'it.',
    advice:
      'Put large local variables into a map, for example an array per CPU with one element, and bound the index of an array.',
    function: 'check_stack_access_within_bounds',
  },
  {
    kind: 'stack-uninitialised',
    title: 'The stack is read before it was written',
    reason: [
      /invalid (?:indirect )?read from stack (?:(?<register>R\d+) )?(?:off (?<offset>-?\d+)\+\d+|var_off [^\n]+) size (?<bytes>\d+)/,
      /reading from stack .*slot poisoned by dead code elimination/,
    ],
    sentence:
      'The program reads, or passes to a call,[ {bytes}] bytes of its stack of which not all were written on this path.',
    advice:
      'Initialise the variable as a whole, the padding of a struct with it: __builtin_memset(&key, 0, sizeof(key)) before its ' +
      'fields are set.',
    function: 'check_stack_range_initialized',
  },
  {
    kind: 'spilled-pointer',
    title: 'A pointer on the stack is not kept whole',
    reason: [
      /invalid size of register (?:fill|spill)/,
      /attempt to corrupt spilled pointer on stack/,
      /spilled ptr in range of var-offset stack write/,
      /cannot spill pointers to stack into stack frame of the caller/,
    ],
    sentence: 'A pointer that is stored on the stack has to be written and read as one piece of eight bytes.',
    advice: 'Keep pointers in variables of pointer type, and do not copy or overwrite a part of one.',
    function: 'check_stack_write_fixed_off',
  },
  {
    kind: 'special-field',
    title: 'A field that belongs to the kernel is accessed as memory',
    reason: [
      /(?<field>\S+) cannot be accessed (?:directly by load\/store|indirectly by helper)/,
      /kptr in map can only be accessed using/,
      /(?<field>\S+) access (?:cannot have variable offset|size must be BPF_DW|misaligned expected=)/,
      /store to (?:referenced kptr|uptr) disallowed/,
    ],
    sentence:
      "The access covers a field of the map's value[, {field},] that only the kernel changes, through calls that are made for it.",
    advice:
      'Leave the lock, timer or pointer to its helpers (bpf_spin_lock(), bpf_timer_start(), bpf_kptr_xchg(), ...), and copy the ' +
      'fields around it one by one.',
    function: 'check_map_access',
  },
]

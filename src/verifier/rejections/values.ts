import type { RejectionKind } from '../rejection.ts'

/** Registers that hold nothing, or not what the program may do this with. */
export const valueRejections: readonly RejectionKind[] = [
  {
    kind: 'no-return-value',
    title: 'The program ends without a return value',
    reason: [/(?<register>R0) !read_ok/],
    insn: /^exit$/,
    sentence: 'On this path nothing was written to R0, which is the return value of the program or function.',
    advice: 'Return a value on every path.',
    function: '__check_reg_arg',
  },
  {
    kind: 'uninitialised-register',
    title: 'A register is read before it was written',
    reason: [/(?<register>R\d+) !read_ok/],
    sentence:
      '{register} holds nothing on this path: nothing was written to it, or a call came after that, and calls keep only R6 to ' +
      'R9.',
    advice:
      'Initialise the variable on every path. At a call, pass every argument that the function has; at the start of a function, ' +
      'declare every argument that it uses.',
    function: '__check_reg_arg',
  },
  {
    kind: 'frame-pointer-write',
    title: 'The frame pointer is written',
    reason: [/frame pointer is read only/],
    sentence: 'R10 points to the stack of the function, and no instruction may write to it.',
    advice:
      'Leave r10 alone in inline assembly; copy it to another register to compute an address on the stack.',
    function: '__check_reg_arg',
  },
  {
    kind: 'return-value-range',
    title: 'The return value is not one that may be',
    reason: [
      /the register (?<register>R\d+) has (?:value )?(?<found>[^\n]*?) should have been in (?<range>[^\n]+)/,
    ],
    sentence:
      'The value that is returned in {register} has to be in {range}, and to the verifier it is {found}.',
    advice:
      'Return constants that programs, or callbacks, of this kind may return; a value that comes from elsewhere has to be ' +
      'reduced to one: return value ? 1 : 0.',
    function: 'check_return_code',
  },
  {
    kind: 'return-value-pointer',
    title: 'What is returned is no number',
    reason: [
      /the register (?<register>R\d+) is not a (?:known|scalar) value \((?<type>[^)]*)\)/,
      /(?<register>R0) not a (?:known|scalar) value/,
      /cannot return stack pointer to the caller/,
    ],
    sentence: 'The return value has to be a number, and here it is a pointer[ of type {type}].',
    advice:
      'Return a number; a function that has a pointer to give takes a pointer to the place where it belongs.',
    function: 'check_return_code',
  },
  {
    kind: 'pointer-leak',
    title: 'A pointer would become visible',
    reason: [
      /(?<register>R\d+) leaks addr (?<where>as return value|into [\w ]+)/,
      /leaking pointer from stack off/,
      /(?<register>R\d+) partial copy of pointer/,
      /(?<register>R\d+) sign-extension part of pointer/,
      /(?<register>R\d+) pointer comparison prohibited/,
      /(?<register>R\d+) pointer arithmetic prohibited/,
    ],
    sentence:
      'The program would make an address of the kernel visible[, {where}], or depend on it, which programs without CAP_PERFMON ' +
      'may not.',
    advice: 'Store and return numbers only; or load the program with CAP_BPF and CAP_PERFMON.',
    function: 'check_mem_access',
  },
  {
    kind: 'pointer-arithmetic-32',
    title: 'Half of a pointer is computed with',
    reason: [/(?<register>R\d+) 32-bit pointer arithmetic prohibited/],
    sentence:
      'The instruction takes the lower half of the pointer in {register}, and the result is no pointer any more.',
    advice: 'Compute with pointers as pointers, or as 64-bit integers, and never by int or __u32.',
    function: 'adjust_ptr_min_max_vals',
  },
  {
    kind: 'pointer-arithmetic',
    title: 'This cannot be computed with a pointer',
    reason: [
      /(?<register>R\d+) pointer arithmetic on (?<type>\S+) prohibited/,
      /(?<register>R\d+) pointer arithmetic with (?<operator>\S+) operator prohibited/,
      /(?<register>R\d+) bitwise operator (?<operator>\S+) on pointer prohibited/,
      /(?<register>R\d+) pointer (?<operator>\S+) pointer prohibited/,
      /(?<register>R\d+) tried to subtract pointer from scalar/,
      /(?<register>R\d+) subtraction from stack pointer prohibited/,
    ],
    sentence:
      'The verifier follows a pointer through adding or subtracting a number and nothing else, and some pointers[, as this of ' +
      'type {type},] not even through that[; here it is {operator}].',
    advice:
      'Do the arithmetic on offsets and add the result to the pointer once; do not align, mask or combine pointers themselves.',
    function: 'adjust_ptr_min_max_vals',
  },
  {
    kind: 'negative-offset',
    title: 'What is added to the pointer may be far below 0',
    reason: [/math between (?<type>\S+) pointer and register with unbounded min value is not allowed/],
    sentence:
      'The number that is added to the {type} pointer has a sign, and the verifier knows no lower bound for it.',
    advice: 'Make the index unsigned, or check that it is not below 0 before it is used.',
    function: 'check_reg_sane_offset',
  },
  {
    kind: 'pointer-offset',
    title: 'The offset from a pointer has no bounds',
    reason: [
      /math between (?<type>\S+) pointer and (?<what>.+?) is not allowed/,
      /value -?\d+ makes (?<type>\S+) pointer be out of bounds/,
      /(?<type>\S+) pointer offset -?\d+ is not allowed/,
    ],
    sentence:
      'The verifier follows a {type} pointer only while it is less than 2^29 bytes away from where it was, and what is added ' +
      'here may be more.',
    advice: 'Bound the number, from both sides if it has a sign, before it is added to the pointer.',
    function: 'check_reg_sane_offset',
  },
  {
    kind: 'unprivileged-arithmetic',
    title: 'Arithmetic that a mispredicting processor could abuse',
    reason: [
      /(?<register>R\d+) has (?:unknown scalar with mixed signed bounds|pointer with unsupported alu operation)/,
      /(?<register>R\d+) tried to \S+ (?:from different maps, paths or scalars|beyond pointer bounds)/,
      /(?<register>R\d+) (?:variable stack access|stack pointer arithmetic goes out of range|pointer arithmetic of map value goes out of range),? prohibited for !root/,
    ],
    sentence:
      'For a program without CAP_PERFMON the verifier has to mask pointers against speculative execution, which it cannot for ' +
      'this arithmetic.',
    advice: 'Load the program with CAP_PERFMON, or use constant offsets and simple bounded indices.',
    function: 'sanitize_err',
  },
  {
    kind: 'division-by-zero',
    title: 'Division by 0',
    reason: [/^div by zero/m],
    sentence: 'The instruction divides by the constant 0.',
    advice: 'Correct the constant; dividing by a variable that is 0 is allowed and gives 0.',
    function: 'check_alu_op',
  },
  {
    kind: 'shift',
    title: 'The shift is too wide',
    reason: [/invalid shift (?<count>-?\d+)/],
    sentence:
      'The instruction shifts by {count}, which is not less than the number of bits that the register has.',
    advice: 'Shift by less than 32 or 64.',
    function: 'check_alu_op',
  },
  {
    kind: 'two-kinds-of-pointer',
    title: 'One instruction for two kinds of memory',
    reason: [/same insn cannot be used with different pointers/],
    sentence:
      'The kernel rewrites accesses to the context and to some objects, and this instruction accesses such memory on one path and ' +
      'other memory on another.',
    advice:
      'Write the access twice, once for each kind of pointer, and keep the compiler from merging the two: asm volatile("") ' +
      'between them.',
    function: 'save_aux_ptr_type',
  },
]

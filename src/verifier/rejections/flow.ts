import type { RejectionKind } from '../rejection.ts'

/** Programs that do not end, that are too large, or whose instructions are not well formed. */
export const flowRejections: readonly RejectionKind[] = [
  {
    kind: 'endless-loop',
    title: 'The loop never ends',
    reason: [/infinite loop detected at insn (?<number>\d+)/],
    sentence:
      'The verifier came to instruction {number} a second time with nothing changed that it keeps track of, so that the loop ' +
      'would go on for ever.',
    advice:
      'Count the rounds in a variable that the loop’s condition compares with a constant, or use bpf_for(), bpf_loop() or ' +
      'bpf_repeat() for a number that is not known.',
    function: 'is_state_visited',
  },
  {
    kind: 'back-edge',
    title: 'The program has a loop',
    reason: [/back-edge from insn (?<from>\d+) to (?<to>\d+)/],
    sentence:
      'Instruction {from} jumps back to {to}, and programs that are loaded without CAP_BPF may have no loops.',
    advice: 'Unroll the loop (#pragma unroll), or load the program with CAP_BPF.',
    function: 'push_insn',
  },
  {
    kind: 'too-many-instructions',
    title: 'The verifier gave up after a million instructions',
    reason: [
      /BPF program is too large\. Processed (?<processed>\d+) insn/,
      /propagate_backedges: too many iterations/,
    ],
    sentence:
      'The verifier follows every path, and a loop round by round; it stops when it has looked at a million instructions, each ' +
      'counted as often as it was looked at.',
    advice:
      'Make loops shorter, or use bpf_loop() or bpf_for(), whose body is looked at a few times only; move parts into global ' +
      '(not static) functions, which are verified once; keep fewer variables alive across branches.',
    function: 'do_check',
  },
  {
    kind: 'too-many-branches',
    title: 'Too many branches at once',
    reason: [/The sequence of (?<count>\d+) jumps is too complex/],
    sentence:
      'The path has more than 8192 conditional jumps whose other way is yet to be followed, and the verifier does not keep more.',
    advice:
      'Use bpf_loop() or bpf_for() for loops with branches in them, and let fewer branches depend on values that are not known.',
    function: 'push_stack',
  },
  {
    kind: 'unreachable',
    title: 'An instruction that no path comes to',
    reason: [/unreachable insn (?<number>\d+)/],
    sentence: 'No path leads to instruction {number}, and every instruction has to be reachable.',
    advice:
      'Take the code out; from C it comes of inline assembly, or of a call that the compiler thinks never returns.',
    function: 'check_cfg',
  },
  {
    kind: 'jump-out-of-range',
    title: 'A jump leaves the function',
    reason: [
      /jump out of range from insn (?<from>\d+) to (?<to>-?\d+)/,
      /invalid insn idx \d+ insn_cnt \d+/,
      /jump table for insn \d+ points outside of the subprog/,
    ],
    sentence: 'A jump has to stay inside of its function[; that at instruction {from} goes to {to}].',
    advice:
      'Correct the distance where it is written by hand; from C it means that the object was cut or linked wrongly.',
    function: 'check_subprogs',
  },
  {
    kind: 'no-exit',
    title: 'The function runs over its end',
    reason: [/last insn is not an exit or jmp/],
    sentence:
      'The last instruction of a function has to be exit or a jump, or the processor would go on behind it.',
    advice:
      'Return on every path. From C this is what is left of undefined behaviour, as of a variable that is not initialised or ' +
      'a loop without end, which clang compiles to nothing: look at its warnings.',
    function: 'check_subprogs',
  },
  {
    kind: 'undefined-behaviour',
    title: 'The compiler found undefined behaviour',
    reason: [/unexpected __bpf_trap\(\) due to uninitialized variable/],
    sentence:
      'From here on the C code has no meaning, as after a variable is used that has no value, and the compiler put a trap there.',
    advice: 'Initialise the variable; compile with -Wall and look at the warnings for this function.',
    function: 'check_kfunc_call',
  },
  {
    kind: 'jump-into-immediate',
    title: 'A jump goes into the middle of an instruction',
    reason: [
      /jump into the middle of ldimm64 insn (?<number>\d+)/,
      /invalid bpf_ld_imm64 insn/,
      /invalid BPF_LD_IMM insn/,
    ],
    sentence: 'A 64-bit constant takes two slots, and its second one is no instruction of its own.',
    advice: 'Correct the distance of the jump; it counts slots.',
    function: 'check_cfg',
  },
  {
    kind: 'malformed-instruction',
    title: 'Not an instruction',
    reason: [
      /unknown opcode (?<opcode>[0-9a-f]+)/,
      /unknown insn class \d+/,
      /invalid BPF_(?:ALU|JMP|LD|ATOMIC)\S* (?:opcode|mode)/,
      /uses reserved fields/,
      /unrecognized bpf_ld_imm64 insn/,
      /(?<register>R\d+) is invalid/,
    ],
    sentence: 'The kernel does not know this instruction, or a part of it that has to be 0 is not.',
    advice:
      'Compile for an instruction set that this kernel has: clang -mcpu=v3, for kernels before Linux 6.6, instead of v4.',
    function: 'do_check',
  },
  {
    kind: 'stack-size',
    found: 'after all paths',
    title: 'The functions need too much stack together',
    reason: [
      /combined stack size of (?<calls>\d+) calls is (?<bytes>\d+)\. Too large/,
      /stack size of subprog \d+ is (?<bytes>\d+)\. Too large/,
      /stack size (?<bytes>\d+)\(extra \d+\) is too large/,
    ],
    sentence:
      'The functions that are active at once[, {calls} here,] may use 512 bytes of stack together, each rounded up to 16 ' +
      'or, in older kernels, 32; these use {bytes}.',
    advice:
      'Put large local variables into a map, or call one function after the other instead of one from the other.',
    function: 'check_max_stack_depth_subprog',
  },
  {
    kind: 'call-depth',
    title: 'Functions call each other too deeply',
    reason: [
      /the call stack of \d+ frames is too deep/,
      /recursive call from (?<from>\S+)\(\) to (?<to>\S+)\(\)/,
    ],
    sentence:
      'At most eight functions may be active at once, in Linux 7.2 sixteen, and none may call itself, not through others either.',
    advice:
      'Write the recursion as a loop, and let the compiler inline small functions (static __always_inline).',
    function: 'check_max_stack_depth_subprog',
  },
  {
    kind: 'tail-call-stack',
    found: 'after all paths',
    title: 'Too much stack is in use at a tail call',
    reason: [
      /tail_calls are not allowed when call stack of previous frames is (?<bytes>\d+) bytes\. Too large/,
      /tail_calls are not allowed in programs with stack args/,
    ],
    sentence:
      'A function that is called with 256 bytes of stack or more in use may make no tail call, because the stack would ' +
      'grow with each[; here it is {bytes}].',
    advice:
      'Make the tail call from the program itself, or keep less on the stack of those that call the function.',
    function: 'check_max_stack_depth_subprog',
  },
  {
    kind: 'tail-call-mixing',
    title: 'Tail calls and functions do not go together here',
    reason: [
      /mixing of tail_calls and bpf-to-bpf calls is not supported/,
      /tail_calls are not allowed in non-JITed programs with bpf-to-bpf calls/,
      /cannot tail call within (?:callback|exception cb)/,
      /tail_call abusing map_ptr/,
    ],
    sentence:
      'This kernel has no tail calls in programs that also call functions of their own, or not from such a place.',
    advice:
      'Let the compiler inline the functions (static __always_inline), or make the tail call from the program itself.',
    function: 'check_map_func_compatibility',
  },
]

/**
 * Where registers are in the `struct pt_regs` that a probe's program gets, in bytes, by the names that assemblers have for
 * them.
 */

/** `struct pt_regs` of arch/x86/include/uapi/asm/ptrace.h, Linux 6.18: 64-bit registers from r15 up. */
const X86_64_ORDER = 'r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss'

/** The registers that have other names where less than 64 bits of them are meant: of 32, 16 and 8 bits. */
const X86_64_NARROW: Readonly<Record<string, readonly string[]>> = {
  rip: ['eip'],
  rax: ['eax', 'ax', 'al'],
  rbx: ['ebx', 'bx', 'bl'],
  rcx: ['ecx', 'cx', 'cl'],
  rdx: ['edx', 'dx', 'dl'],
  rsi: ['esi', 'si', 'sil'],
  rdi: ['edi', 'di', 'dil'],
  rbp: ['ebp', 'bp', 'bpl'],
  rsp: ['esp', 'sp', 'spl'],
}

/** Those that an argument may be in. */
const X86_64_GENERAL = /^(?:r\d+|rip|r[a-d]x|r[sd]i|r[sb]p)$/

export const X86_64_REGISTERS: ReadonlyMap<string, number> = new Map(
  X86_64_ORDER.split(' ').flatMap((register, index) => {
    if (!X86_64_GENERAL.test(register)) return []
    const numbered = /^r\d+$/.test(register)
    const narrow = numbered ? ['d', 'w', 'b'].map((suffix) => register + suffix) : X86_64_NARROW[register]
    return [register, ...(narrow ?? [])].map((name): [string, number] => [name, index * 8])
  }),
)

/** `struct user_pt_regs` of arch/arm64/include/uapi/asm/ptrace.h, Linux 6.18: x0 to x30, then sp. */
export const ARM64_REGISTERS: ReadonlyMap<string, number> = new Map([
  ...Array.from({ length: 31 }, (_, index): [string, number] => [`x${index}`, index * 8]),
  ['sp', 31 * 8],
])

/**
 * The numbers of the BPF instruction set, under the names of include/uapi/linux/bpf.h and bpf_common.h (Linux
 * 6.18); Documentation/bpf/standardization/instruction-set.rst says what they mean.
 *
 * An opcode is one byte. Its low three bits are the class. For loads and stores the others are mode (3 bits)
 * and size (2); for arithmetic and jumps they are operation (4 bits) and source (1).
 */

/** Bytes of one instruction slot; `ldimm64` takes two slots. */
export const INSN_SIZE = 8

/** Instruction classes. */
export const BPF_LD = 0x00
export const BPF_LDX = 0x01
export const BPF_ST = 0x02
export const BPF_STX = 0x03
export const BPF_ALU = 0x04
export const BPF_JMP = 0x05
export const BPF_JMP32 = 0x06
export const BPF_ALU64 = 0x07

/** Sizes of loads and stores. */
export const BPF_W = 0x00
export const BPF_H = 0x08
export const BPF_B = 0x10
export const BPF_DW = 0x18

/** Modes of loads and stores. */
export const BPF_IMM = 0x00
export const BPF_ABS = 0x20
export const BPF_IND = 0x40
export const BPF_MEM = 0x60
/** Load with sign extension; Linux 6.6. */
export const BPF_MEMSX = 0x80
/** `imm` says which operation; other than BPF_ADD without BPF_FETCH since Linux 5.12. */
export const BPF_ATOMIC = 0xc0

/** The second operand: `imm`, or the source register. */
export const BPF_K = 0x00
export const BPF_X = 0x08

/** Operations of BPF_ALU and BPF_ALU64. */
export const BPF_ADD = 0x00
export const BPF_SUB = 0x10
export const BPF_MUL = 0x20
export const BPF_DIV = 0x30
export const BPF_OR = 0x40
export const BPF_AND = 0x50
export const BPF_LSH = 0x60
export const BPF_RSH = 0x70
export const BPF_NEG = 0x80
export const BPF_MOD = 0x90
export const BPF_XOR = 0xa0
export const BPF_MOV = 0xb0
export const BPF_ARSH = 0xc0
export const BPF_END = 0xd0

/** Byte orders of BPF_END, in the place of BPF_K and BPF_X. */
export const BPF_TO_LE = 0x00
export const BPF_TO_BE = 0x08

/** Operations of BPF_JMP and BPF_JMP32. */
export const BPF_JA = 0x00
export const BPF_JEQ = 0x10
export const BPF_JGT = 0x20
export const BPF_JGE = 0x30
export const BPF_JSET = 0x40
export const BPF_JNE = 0x50
export const BPF_JSGT = 0x60
export const BPF_JSGE = 0x70
export const BPF_CALL = 0x80
export const BPF_EXIT = 0x90
export const BPF_JLT = 0xa0
export const BPF_JLE = 0xb0
export const BPF_JSLT = 0xc0
export const BPF_JSLE = 0xd0
/** With source register 0 (BPF_MAY_GOTO): `may_goto`; Linux 6.9. */
export const BPF_JCOND = 0xe0

/** `imm` of BPF_ATOMIC: BPF_ADD, BPF_OR, BPF_AND or BPF_XOR, with or without BPF_FETCH, or one of these. */
export const BPF_FETCH = 0x01
export const BPF_XCHG = 0xe0 | BPF_FETCH
export const BPF_CMPXCHG = 0xf0 | BPF_FETCH
/** Linux 6.15. */
export const BPF_LOAD_ACQ = 0x100
export const BPF_STORE_REL = 0x110

/** `off` of a 64-bit move between registers: `addr_space_cast`; Linux 6.9. */
export const BPF_ADDR_SPACE_CAST = 1
/**
 * `off` of a 64-bit move between registers: to a per-cpu address. The kernel's own; seen in dumps of loaded
 * programs.
 */
export const BPF_ADDR_PERCPU = -1

/** Source "registers" of `ldimm64`: what `imm` means. 0 is a plain number. */
export const BPF_PSEUDO_MAP_FD = 1
/** `imm` of the second slot is an offset into the map's first value. */
export const BPF_PSEUDO_MAP_VALUE = 2
/** A kernel variable; the second slot's `imm` is the fd of a module's BTF, or 0. */
export const BPF_PSEUDO_BTF_ID = 3
/** The address of a subprogram, in instruction slots from the next slot. */
export const BPF_PSEUDO_FUNC = 4
/** The same as MAP_FD and MAP_VALUE, but `imm` is an index into `fd_array`. */
export const BPF_PSEUDO_MAP_IDX = 5
export const BPF_PSEUDO_MAP_IDX_VALUE = 6

/** Source "registers" of `call`. 0 is a helper, by its number. */
export const BPF_PSEUDO_CALL = 1
/** A kernel function by BTF id; `off` is an index into `fd_array`, 0 for vmlinux. */
export const BPF_PSEUDO_KFUNC_CALL = 2

export const BPF_REG_0 = 0
export const BPF_REG_1 = 1
export const BPF_REG_2 = 2
export const BPF_REG_3 = 3
export const BPF_REG_4 = 4
export const BPF_REG_5 = 5
export const BPF_REG_6 = 6
export const BPF_REG_7 = 7
export const BPF_REG_8 = 8
export const BPF_REG_9 = 9
/** The frame pointer, read-only. */
export const BPF_REG_10 = 10

/** The class in an opcode. */
export const classOf = (code: number): number => code & 0x07
/** The size in a load's or store's opcode: BPF_W, BPF_H, BPF_B or BPF_DW. */
export const sizeOf = (code: number): number => code & 0x18
/** The mode in a load's or store's opcode. */
export const modeOf = (code: number): number => code & 0xe0
/** The operation in an arithmetic or jump opcode. */
export const opOf = (code: number): number => code & 0xf0
/** BPF_K or BPF_X in an arithmetic or jump opcode. */
export const sourceOf = (code: number): number => code & 0x08

import type { ChapterName } from './explanation.ts'

/** What a chapter begins with. */
export interface Teaching {
  readonly name: ChapterName
  readonly title: string
  /** Two or three sentences. */
  readonly text: string
  readonly document: { readonly title: string; readonly url: string }
  /** Our own file to read first. */
  readonly source: string
}

const KERNEL_DOCUMENTS = 'https://docs.kernel.org/bpf'

/** The chapters, in the order of a load. */
export const chapters: readonly Teaching[] = [
  {
    name: 'file',
    title: 'The file',
    text:
      'clang compiles BPF programs into a relocatable ELF file, as it does for any machine, and nothing in it is ready to run. ' +
      'A loader knows what a section is for by its name: programs, maps, variables, types. Relocations say which instructions ' +
      'refer to which of them.',
    document: { title: 'BPF LLVM relocations', url: `${KERNEL_DOCUMENTS}/llvm_reloc.html` },
    source: 'src/elf/parse.ts',
  },
  {
    name: 'maps',
    title: 'Maps and globals',
    text:
      'A map definition is a variable of section .maps whose bytes mean nothing: its type says it all, in BTF, where a number is ' +
      "the length of an array that a pointer points at. Global variables are the bytes of data sections, and each of those sections becomes an array map with one value. What the kernel gets of either are BPF_MAP_CREATE's attributes.",
    document: { title: 'BPF maps', url: `${KERNEL_DOCUMENTS}/maps.html` },
    source: 'src/object/map_definitions.ts',
  },
  {
    name: 'programs',
    title: 'Programs',
    text:
      "The name of a program's section says its type, which decides what it may call and what its argument is, and where it will " +
      'be attached. The kernel has no linker: every function that a program calls is copied behind it, and the call becomes a distance.',
    document: {
      title: 'Program types and ELF sections',
      url: `${KERNEL_DOCUMENTS}/libbpf/program_types.html`,
    },
    source: 'src/object/section_definitions.ts',
  },
  {
    name: 'relocations',
    title: 'Relocations',
    text:
      'The compiler does not know the descriptors of maps, the distance to functions or what the kernel exports, and leaves a ' +
      'relocation at each instruction that needs one. The loader writes what it learns into the immediate and says by the ' +
      'source register (BPF_PSEUDO_*) what the number stands for.',
    document: { title: 'BPF LLVM relocations', url: `${KERNEL_DOCUMENTS}/llvm_reloc.html` },
    source: 'src/relocate/linker.ts',
  },
  {
    name: 'core',
    title: 'CO-RE',
    text:
      'Compile once, run everywhere: the compiler records each access to a kernel struct by type and member, as positions in the ' +
      "object's own BTF. The loader turns these into names, finds them in the types of the kernel that is to run the program, " +
      'and patches offset, size or existence into the instruction. What the kernel does not have becomes an instruction that the verifier refuses, if it can be reached.',
    document: { title: 'libbpf overview: BPF CO-RE', url: `${KERNEL_DOCUMENTS}/libbpf/libbpf_overview.html` },
    source: 'src/core/resolve.ts',
  },
  {
    name: 'syscalls',
    title: 'System calls',
    text:
      'Everything happens through bpf(2): a command and a structure of named fields. BTF comes first, then maps, which are ' +
      'filled and frozen, then programs, whose instructions hold the descriptors of those maps. Every result is a file descriptor, and closing it undoes the step.',
    document: { title: 'eBPF syscall', url: 'https://docs.kernel.org/userspace-api/ebpf/syscall.html' },
    source: 'src/loader/load_object.ts',
  },
  {
    name: 'verifier',
    title: 'The verifier',
    text:
      'Before a program may run, the kernel walks every path through it and follows what each register can hold: a pointer to what, ' +
      'a number within which bounds. An instruction that could do harm in any of those states ends the walk, and the load.',
    document: { title: 'eBPF verifier', url: `${KERNEL_DOCUMENTS}/verifier.html` },
    source: 'src/loader/verify_program.ts',
  },
  {
    name: 'attach',
    title: 'Attaching',
    text:
      'A loaded program does nothing until it is attached. A link is a descriptor that holds program and place together: as long as ' +
      'it is open the program runs there, and a process that ends takes its links with it.',
    document: { title: 'BPF_LINK_CREATE', url: 'https://docs.kernel.org/userspace-api/ebpf/syscall.html' },
    source: 'src/links/attach_program.ts',
  },
]

import { PT_LOAD } from '../elf/constants.ts'
import { ElfError } from '../elf/elf_error.ts'
import type { FunctionSymbol, FunctionSymbols } from '../elf/function_symbols.ts'
import { parseElfImage, type ElfImage } from '../elf/image.ts'
import { buildIdOf, debugFilePaths, debugFileReference, isDebugFileOf } from '../executable/debug_file.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { innermostPid } from '../kernel/innermost_pid.ts'
import { readMappedFiles, type MappedFile } from '../kernel/memory_map.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { KernelError } from '../kernel/kernel_error.ts'
import { readFileOfProcess, readWholeFile } from '../kernel/whole_file.ts'
import { JitSymbols } from './jit_symbols.ts'

/** Where an address of a process is. */
export interface UserSymbol {
  /** The function; undefined where the file's symbol tables have none there, or it could not be read. */
  readonly name: string | undefined
  /** Bytes from the start of the function, or where there is none, of the file. */
  readonly offset: bigint
  /** The file that is mapped there, as the process sees it, or the one that a just-in-time compiler lists its functions in. */
  readonly file: string
  /** Of the file, in hexadecimal digits; undefined where it has none or could not be read. */
  readonly buildId: string | undefined
}

/** Bytes. A browser with its symbols takes one or two GB. */
const MAX_FILE_SIZE = 2 ** 31

/** Bytes. A program of a million compiled functions lists them in 100 MB. */
const MAX_JIT_FILE_SIZE = 2 ** 30

/** What a just-in-time compiler said of its functions. */
interface JitFile {
  readonly file: string
  readonly symbols: JitSymbols
}

/** A file of the process that was read. */
interface ReadFile {
  readonly image: ElfImage
  readonly buildId: string | undefined
  /** Where functions are looked for, the best first. A table is sorted once, at the first address. */
  readonly tables: readonly FunctionSymbols[]
}

export interface UserSymbolsOptions {
  /**
   * Another process whose files need not be read again where this one maps them, too. Most of a machine's processes share the
   * libraries, and some of them large programs.
   */
  readonly sharing?: UserSymbols | undefined
}

/**
 * Names addresses of one process, by what is mapped into it now and by the symbol tables of these files: of the file itself, of
 * its debugging information where that is installed, and of its dynamic symbols last. Everything is read when it is needed, and
 * from this machine only. Once the process has ended its files are not known any more; make it while it lives, and `refresh()`
 * it where it maps others.
 *
 * The code of just-in-time compilers is named where they list it in /tmp/perf-PID.map, as Node.js does with --perf-basic-prof.
 * Not named are the vDSO, and functions that a stripped file does not export.
 */
export class UserSymbols {
  readonly pid: number
  readonly #kernel: Kernel
  #mappings: readonly MappedFile[]
  /** By their identities. */
  readonly #files: Map<string, ReadFile>
  readonly #unreadable = new Set<string>()
  /** null: there is none. undefined: nobody has looked since the mappings were read. */
  #jit: JitFile | null | undefined

  /** @throws KernelError 'NO_SUCH_PROCESS'; SyscallError where the process may not be looked at */
  constructor(kernel: Kernel, pid: number, { sharing }: UserSymbolsOptions = {}) {
    this.#kernel = kernel
    this.pid = pid
    this.#files = sharing === undefined ? new Map<string, ReadFile>() : sharing.#files
    this.#mappings = readMappedFiles(kernel, pid)
  }

  /** Where an address is; undefined where no file is mapped, and no compiler has told of a function. */
  find(address: bigint): UserSymbol | undefined {
    const mapping = this.#mappings.find(({ start, end }) => start <= address && address < end)
    if (mapping === undefined) return this.#inJit(address)
    return this.#at(mapping, address - mapping.start + mapping.offset)
  }

  /** The same for a file that is known by its build id, and an offset in it; undefined where the process maps none such. */
  findInFile(buildId: string, offset: bigint): UserSymbol | undefined {
    const mapping = this.#mappings.find(
      (each) => each.isExecutable && sameBuildId(this.#file(each)?.buildId, buildId),
    )
    return mapping && this.#at(mapping, offset)
  }

  /** Reads again what is mapped. */
  refresh(): void {
    this.#mappings = readMappedFiles(this.#kernel, this.pid)
    this.#jit = undefined
  }

  #inJit(address: bigint): UserSymbol | undefined {
    if (this.#jit === undefined) this.#jit = this.#readJit() ?? null
    const found = this.#jit?.symbols.find(address)
    if (!this.#jit || found === undefined) return undefined
    return {
      name: found.name,
      offset: address - found.address,
      file: this.#jit.file,
      buildId: undefined,
    }
  }

  /** Undefined where there is none, or it cannot be read. */
  #readJit(): JitFile | undefined {
    try {
      const file = `/tmp/perf-${innermostPid(this.#kernel, this.pid)}.map`
      const bytes = readFileOfProcess(this.#kernel, this.pid, file, MAX_JIT_FILE_SIZE)
      return { file, symbols: new JitSymbols(bytes) }
    } catch (error) {
      if (error instanceof SyscallError || error instanceof KernelError) return undefined
      throw error
    }
  }

  #at(mapping: MappedFile, offset: bigint): UserSymbol {
    const file = this.#file(mapping)
    const found = file && functionAt(file, offset)
    return {
      name: found?.symbol.name,
      offset: found === undefined ? offset : found.address - found.symbol.address,
      file: mapping.path,
      buildId: file?.buildId,
    }
  }

  #file(mapping: MappedFile): ReadFile | undefined {
    const { identity } = mapping
    const known = this.#files.get(identity)
    if (known !== undefined || this.#unreadable.has(identity)) return known
    const file = this.#readFile(mapping)
    if (file === undefined) this.#unreadable.add(identity)
    else this.#files.set(identity, file)
    return file
  }

  #readFile({ path, start, end }: MappedFile): ReadFile | undefined {
    // The process may have another root, and the file may have been removed since.
    const mapped = `/proc/${this.pid}/map_files/${start.toString(16)}-${end.toString(16)}`
    const image =
      imageOf(path, () => readWholeFile(this.#kernel, mapped, MAX_FILE_SIZE)) ??
      imageOf(path, () => readFileOfProcess(this.#kernel, this.pid, path, MAX_FILE_SIZE))
    return image && this.#withDebugFile(image, path)
  }

  #withDebugFile(image: ElfImage, path: string): ReadFile {
    const buildId = optional(() => buildIdOf(image))
    const own = optional(() => image.functions('static'))
    const debug = own === undefined ? this.#debugImage(image, path) : undefined
    const tables = [
      optional(() => debug?.functions('static')),
      own,
      optional(() => image.functions('dynamic')),
    ]
    return { image, buildId, tables: tables.filter((table) => table !== undefined) }
  }

  #debugImage(image: ElfImage, path: string): ElfImage | undefined {
    const reference = optional(() => debugFileReference(image))
    if (reference === undefined) return undefined
    for (const place of debugFilePaths(reference, path)) {
      const found = imageOf(place, () => readWholeFile(this.#kernel, place, MAX_FILE_SIZE))
      if (found !== undefined && optional(() => isDebugFileOf(reference, found)) === true) return found
    }
    return undefined
  }
}

/** Undefined where the file is not there, may not be read, is far too large, or is no ELF file. */
function imageOf(name: string, read: () => Uint8Array): ElfImage | undefined {
  try {
    return parseElfImage(read(), name)
  } catch (error) {
    if (error instanceof SyscallError || error instanceof KernelError || error instanceof ElfError)
      return undefined
    throw error
  }
}

/** The address in the file's own counting, and the function there. */
function functionAt(
  { image, tables }: ReadFile,
  offset: bigint,
): { readonly address: bigint; readonly symbol: FunctionSymbol } | undefined {
  const segment = image.segments.find(({ type, offset: start, fileSize }) => {
    return type === PT_LOAD && BigInt(start) <= offset && offset < BigInt(start + fileSize)
  })
  if (segment === undefined) return undefined
  const address = segment.address + offset - BigInt(segment.offset)
  for (const table of tables) {
    const symbol = optional(() => table.covering(address))
    if (symbol !== undefined) return { address, symbol }
  }
  return undefined
}

/** The kernel pads what is shorter than 20 bytes with zeros. */
function sameBuildId(one: string | undefined, other: string): boolean {
  return one?.padEnd(40, '0') === other.padEnd(40, '0')
}

/** What is malformed in a process's file costs a name, and no more. */
function optional<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ElfError) return undefined
    throw error
  }
}

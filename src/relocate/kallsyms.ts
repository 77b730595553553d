/** What `/proc/kallsyms` says of some symbols. */
export interface KernelSymbols {
  /** By name: each address once, in the file's order; more than one where several symbols share a name. */
  readonly addresses: ReadonlyMap<string, readonly bigint[]>
  /** How many symbols the file lists. */
  readonly count: number
  /** Whether every address is 0, which is how the kernel hides them from those who may not know. */
  readonly hidden: boolean
}

/** `ffffffff81000000 T _text`, and behind it a module's name in brackets. */
const LINE = /^([\da-fA-F]{1,16}) (\S) (\S+)/gm
const HIDDEN_ADDRESS = /^0+$/
/** What clang appends to the names of static variables when it optimises across files. */
const LLVM_SUFFIX = '.llvm.'

/**
 * Searches the lines of `/proc/kallsyms` for these names, as `kallsyms_cb` of tools/lib/bpf/libbpf.c does (bpf-next with
 * libbpf 1.6).
 */
export function findKernelSymbols(text: string, names: ReadonlySet<string>): KernelSymbols {
  const addresses = new Map<string, bigint[]>()
  let count = 0
  let hidden = true
  for (const { 1: address = '', 2: type = '', 3: symbol = '' } of text.matchAll(LINE)) {
    count++
    hidden &&= HIDDEN_ADDRESS.test(address)
    const name = names.has(symbol) ? symbol : sourceName(type, symbol)
    if (!names.has(name)) continue
    const known = addresses.get(name) ?? []
    addresses.set(name, known)
    const value = BigInt(`0x${address}`)
    if (!known.includes(value) && known.length < MAX_SHOWN) known.push(value)
  }
  return { addresses, count, hidden: hidden && count > 0 }
}

/** A name that is used this often is ambiguous, however often it is used. */
const MAX_SHOWN = 4

/** `d` stands for a local symbol in a data section. */
function sourceName(type: string, symbol: string): string {
  const suffix = type === 'd' ? symbol.indexOf(LLVM_SUFFIX) : -1
  return suffix === -1 ? symbol : symbol.slice(0, suffix)
}

/** Types of code: local, global, weak (nm(1)). */
const CODE_TYPES: ReadonlySet<string> = new Set(['t', 'T', 'w', 'W'])

/** What is compiled while the kernel runs has names there, as if it was in modules of these names. */
const GENERATED = /^(?:bpf|__builtin__.*)$/

/**
 * The names of the functions that `/proc/kallsyms` lists, those of modules as `nf_tables:nft_do_chain`, without what the kernel
 * generated while it runs. Names are there whether addresses are hidden or not.
 */
export function* kernelFunctionNames(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(start, end)
    const space = line.indexOf(' ')
    if (space !== -1 && CODE_TYPES.has(line[space + 1] ?? '')) {
      const [name = '', module] = line.slice(space + 3).split('\t')
      const owner = module?.slice(1, -1)
      if (owner === undefined) yield name
      else if (!GENERATED.test(owner)) yield `${owner}:${name}`
    }
    start = end + 1
  }
}

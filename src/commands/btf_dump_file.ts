import { basename, dirname } from 'node:path'
import type { Command } from 'commander'
import type { TypeId } from '../base/units.ts'
import { dumpC } from '../btf/c_dump/dump_c.ts'
import { dumpRaw, dumpRawJson } from '../btf/raw_dump/dump_raw.ts'
import { type Btf, BtfError, readBtfFile } from '../index.ts'
import { VMLINUX_BTF_PATH } from '../kernel/vmlinux_btf.ts'
import { command } from '../tool/command.ts'
import { type DumpFormat, type DumpWords, parseDumpWords } from './dump_words.ts'
import { examplesText } from '../tool/examples_text.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { printAll } from './print.ts'
import { typesToDump } from './types_to_dump.ts'

interface DumpFlags {
  readonly baseBtf?: string
  readonly type?: readonly string[]
  readonly json?: true
}

const examples = examplesText([
  ['rawbpf btf dump file /sys/kernel/btf/vmlinux format c', "vmlinux.h: all of the kernel's types"],
  [
    'rawbpf btf dump file /sys/kernel/btf/vmlinux format c --type task_struct',
    'one type, with what it needs',
  ],
  ['rawbpf btf dump file minimal.bpf.o', "an object's types, a line for each"],
])

/** `rawbpf btf dump file`: prints the types in a file. Needs no privilege. */
export function btfDumpFileCommand(setExitCode: (code: number) => void): Command {
  const parsed = command('file')
    .description('Print the types in a file: raw BTF, or an ELF file with a .BTF section.')
    .argument('<file>', 'e.g. /sys/kernel/btf/vmlinux, or a BPF object')
    .argument(
      '[words...]',
      'format c: a C header (vmlinux.h); format raw: a line for each type, the default; format json; root_id ID: only this type',
    )
    .option('-B, --base-btf <file>', "what a module's types go on from: the types of its kernel")
    .option(
      '--type <name>',
      'only types of this name, in C with what they need; can be given several times',
      (name: string, names: readonly string[] | undefined) => [...(names ?? []), name],
    )
    .option('-j, --json', 'the same as format json')
    .addHelpText('after', examples)
  return parsed.action(async (path: string, args: readonly string[], flags: DumpFlags) => {
    const result = parseDumpWords(args)
    const format = result.kind === 'parsed' ? formatOf(result.words, flags) : undefined
    if (result.kind === 'wrong' || format === undefined) {
      const why = result.kind === 'wrong' ? result.why : '--json does not go with format c and format raw'
      process.stderr.write(`${why}\n${parsed.helpInformation()}`)
      setExitCode(exitCodes.usage)
      return
    }
    const btf = await readTypes(path, flags.baseBtf)
    const wanted = { names: flags.type ?? [], ids: result.words.rootIds }
    await printAll(dump(btf, format, typesToDump(btf, wanted, format)))
  })
}

function formatOf({ format }: DumpWords, { json }: DumpFlags): DumpFormat | undefined {
  if (json !== true) return format ?? 'raw'
  return format === undefined || format === 'json' ? 'json' : undefined
}

async function readTypes(path: string, base: string | undefined): Promise<Btf> {
  const basePath = base ?? usualBase(path)
  const btf = await readBtfFile(path, basePath === undefined ? {} : { base: await readBtfFile(basePath) })
  // Strings begin with the empty one, those of split BTF where the base's end.
  if (btf.base !== undefined || btf.records.strings[0] === 0) return btf
  const message = `the types in ${path} go on from others, as a module's from its kernel's: say from which with -B FILE`
  throw new BtfError('BTF_BASE_MISMATCH', message, { object: path })
}

/** What the kernel offers in one folder goes on from the vmlinux there. */
function usualBase(path: string): string | undefined {
  const isOther = basename(path) !== basename(VMLINUX_BTF_PATH)
  return isOther && dirname(path) === dirname(VMLINUX_BTF_PATH) ? VMLINUX_BTF_PATH : undefined
}

function dump(btf: Btf, format: DumpFormat, ids: readonly TypeId[] | undefined): Iterable<string> {
  switch (format) {
    case 'c':
      return dumpC(btf, { roots: ids })
    case 'raw':
      return dumpRaw(btf, { ids })
    case 'json':
      return dumpRawJson(btf, { ids })
  }
}

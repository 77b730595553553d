import type { Command } from 'commander'
import { linkObjects } from '../static_linker/link_objects.ts'
import { command } from '../tool/command.ts'
import { examplesText } from '../tool/examples_text.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { buildObject, objectOf } from './build/build_object.ts'
import { replaceFile } from '../tool/replace_file.ts'

const examples = examplesText([
  ['rawbpf build minimal.bpf.c', 'writes minimal.bpf.o'],
  ['rawbpf build minimal.bpf.c -o out/a.o', 'the same to another file'],
  ['CLANG=clang-19 rawbpf build minimal.bpf.c', 'by another clang'],
])

const linked = `
The object is linked by itself, as by rawbpf gen object: that takes out DWARF, which is most of what clang writes and which no
loader reads. Types and line numbers are in BTF.`

/** `rawbpf build`: compiles C to a BPF object. */
export function buildCommand(setExitCode: (code: number) => void): Command {
  const parsed = command('build')
    .description(
      'Compile C to a BPF object without DWARF, by the clang on the PATH or $CLANG. A vmlinux.h of the running kernel is made if it ' +
        'is missing.',
    )
    .argument('<source>', 'a file whose name ends with .bpf.c')
    .option('-o, --output <file>', 'the object (default: the name of the source with .o in place of .c)')
    .addHelpText('after', examples + linked)
  return parsed.action(async (source: string, flags: { readonly output?: string }) => {
    if (!source.endsWith('.c')) {
      process.stderr.write(`Invalid source: ${source} does not end with .c\n${parsed.helpInformation()}`)
      setExitCode(exitCodes.usage)
      return
    }
    const bytes = await buildObject(source)
    await replaceFile(flags.output ?? objectOf(source), linkObjects([{ name: source, bytes }]))
  })
}

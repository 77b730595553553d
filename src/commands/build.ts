import type { Command } from 'commander'
import { command } from '../tool/command.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { buildObject, objectOf } from './build/build_object.ts'
import { replaceFile } from '../tool/replace_file.ts'

/** `rawbpf build`: compiles C to a BPF object. */
export function buildCommand(setExitCode: (code: number) => void): Command {
  const parsed = command('build')
    .description(
      'Compile C to a BPF object, by the clang on the PATH or $CLANG. A vmlinux.h of the running kernel is made if it is missing.',
    )
    .argument('<source>', 'a file whose name ends with .bpf.c')
    .option('-o, --output <file>', 'the object (default: the name of the source with .o in place of .c)')
  return parsed.action(async (source: string, flags: { readonly output?: string }) => {
    if (!source.endsWith('.c')) {
      process.stderr.write(`Invalid source: ${source} does not end with .c\n${parsed.helpInformation()}`)
      setExitCode(exitCodes.usage)
      return
    }
    await replaceFile(flags.output ?? objectOf(source), await buildObject(source))
  })
}

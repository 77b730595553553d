import type { Command } from 'commander'
import { command } from '../tool/command.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { linkFiles } from './link_files.ts'

/** `rawbpf gen object OUT IN...`: links BPF objects into one. */
export function genObjectCommand(setExitCode: (code: number) => void): Command {
  return command('object')
    .description(
      'Link BPF objects into one, which can be loaded or linked again. A single one loses its DWARF and duplicate types.',
    )
    .argument('<output>', 'the file to write; if it is there, it is replaced once everything went well')
    .argument('<input...>', 'objects that clang -target bpf -c or this command wrote')
    .action(async (output: string, inputs: readonly string[]) => {
      await linkFiles(output, inputs)
      setExitCode(exitCodes.ok)
    })
}

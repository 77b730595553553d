import type { Command } from 'commander'
import { command } from '../tool/command.ts'
import { examplesText } from '../tool/examples_text.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { linkFiles } from './link_files.ts'

const examples = examplesText([
  ['rawbpf gen object app.bpf.o main.bpf.o net.bpf.o', 'one object of two'],
  ['rawbpf gen object small.bpf.o app.bpf.o', 'the same object without DWARF'],
])

/** `rawbpf gen object OUT IN...`: links BPF objects into one. */
export function genObjectCommand(setExitCode: (code: number) => void): Command {
  return command('object')
    .description(
      'Link BPF objects into one, which can be loaded or linked again. A single one loses its DWARF and duplicate types.',
    )
    .argument('<output>', 'the file to write; if it is there, it is replaced once everything went well')
    .argument('<input...>', 'objects that clang -target bpf -c or this command wrote')
    .addHelpText('after', examples)
    .action(async (output: string, inputs: readonly string[]) => {
      await linkFiles(output, inputs)
      setExitCode(exitCodes.ok)
    })
}

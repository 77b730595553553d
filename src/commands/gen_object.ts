import { Command } from 'commander'
import { exitCodes } from './exit_codes.ts'
import { linkFiles } from './link_files.ts'
import { reportError } from './report_error.ts'

/** `rawbpf gen object OUT IN...`: links BPF objects into one. */
export function genObjectCommand(setExitCode: (code: number) => void): Command {
  return new Command('object')
    .description(
      'Link BPF objects into one, which can be loaded or linked again. A single one loses its DWARF and duplicate types.',
    )
    .argument('<output>', 'the file to write; if it is there, it is replaced once everything went well')
    .argument('<input...>', 'objects that clang -target bpf -c or this command wrote')
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError()
    .exitOverride()
    .action(async (output: string, inputs: readonly string[]) => {
      try {
        await linkFiles(output, inputs)
        setExitCode(exitCodes.ok)
      } catch (error) {
        setExitCode(reportError(error, process.stderr))
      }
    })
}

import type { Command } from 'commander'
import { btfDumpFileCommand } from './btf_dump_file.ts'
import { commandGroup } from '../tool/command.ts'

/** `rawbpf btf`: what `bpftool btf` does with files of types. */
export function btfCommand(setExitCode: (code: number) => void): Command {
  return commandGroup('btf')
    .description('Show types.')
    .addCommand(commandGroup('dump').description('Print types.').addCommand(btfDumpFileCommand(setExitCode)))
}

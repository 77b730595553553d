import type { Command } from 'commander'
import { btfDumpFileCommand } from './btf_dump_file.ts'
import { command } from '../tool/command.ts'

/** `rawbpf btf`: what `bpftool btf` does with files of types. */
export function btfCommand(setExitCode: (code: number) => void): Command {
  return command('btf')
    .description('Show types.')
    .addCommand(command('dump').description('Print types.').addCommand(btfDumpFileCommand(setExitCode)))
}

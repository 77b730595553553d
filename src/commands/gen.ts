import { Command } from 'commander'
import { genObjectCommand } from './gen_object.ts'

/** `rawbpf gen`: makes files out of BPF objects, as `bpftool gen` does. */
export function genCommand(setExitCode: (code: number) => void): Command {
  return new Command('gen')
    .description('Make files out of BPF objects.')
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError()
    .exitOverride()
    .addCommand(genObjectCommand(setExitCode))
}

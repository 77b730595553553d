import type { Command } from 'commander'
import { commandGroup } from '../tool/command.ts'
import { genObjectCommand } from './gen_object.ts'

/** `rawbpf gen`: makes files out of BPF objects, as `bpftool gen` does. */
export function genCommand(setExitCode: (code: number) => void): Command {
  return commandGroup('gen')
    .description('Make files out of BPF objects.')
    .addCommand(genObjectCommand(setExitCode))
}

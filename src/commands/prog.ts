import type { Command } from 'commander'
import { commandGroup } from '../tool/command.ts'
import { progLoadCommand, progLoadallCommand } from './prog_load.ts'
import { progRunCommand } from './prog_run.ts'

/** `rawbpf prog`: what `bpftool prog` does with object files. */
export function progCommand(setExitCode: (code: number) => void): Command {
  return commandGroup('prog')
    .description('Load, pin and run the programs of an object.')
    .addCommand(progLoadCommand(setExitCode))
    .addCommand(progLoadallCommand(setExitCode))
    .addCommand(progRunCommand(setExitCode))
}

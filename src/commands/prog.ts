import type { Command } from 'commander'
import { command } from '../tool/command.ts'
import { progLoadCommand, progLoadallCommand } from './prog_load.ts'
import { progRunCommand } from './prog_run.ts'

/** `rawbpf prog`: what `bpftool prog` does with object files. */
export function progCommand(setExitCode: (code: number) => void): Command {
  return command('prog')
    .description('Load, pin and run the programs of an object.')
    .addCommand(progLoadCommand(setExitCode))
    .addCommand(progLoadallCommand(setExitCode))
    .addCommand(progRunCommand(setExitCode))
}

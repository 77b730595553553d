import { Command } from 'commander'
import { writeHelp } from './write_help.ts'
import { version } from '../version.ts'

/** A command with what all of them share: `--help`, `--version`, and errors that are thrown instead of ending the process. */
export function command(name: string): Command {
  return new Command(name)
    .version(`rawbpf ${version}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({ writeOut: writeHelp })
    .showHelpAfterError()
    .exitOverride()
}

/** A command of commands. */
export function commandGroup(name: string): Command {
  return command(name).helpCommand('help [command]', 'print the help of a command')
}

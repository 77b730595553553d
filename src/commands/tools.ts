import type { Command } from 'commander'
import { command } from '../tool/command.ts'
import { tools } from '../tools/index.ts'
import { print } from './print.ts'

/** `rawbpf tools`: the tools that come with rawbpf, each with a line. */
export function toolsCommand(): Command {
  return command('tools')
    .description('List the tools: rawbpf exitsnoop and its like. Each has --help.')
    .action(async () => {
      const width = Math.max(...tools.map(({ name }) => name.length))
      await print(tools.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}\n`).join(''))
    })
}

import type { Command } from 'commander'
import { command } from '../tool/command.ts'
import { examplesText } from '../tool/examples_text.ts'
import { jsonText } from '../tool/json.ts'
import { tools } from '../tools/index.ts'
import { bootstrapSummary } from './bootstrap.ts'
import { print } from './print.ts'

const examples = examplesText([
  ['rawbpf tools', 'lists them, each with a line'],
  ['rawbpf opensnoop --help', 'says what one of them does'],
])

/** bootstrap first: it is what the others were made after. */
const listed = [{ name: 'bootstrap', summary: bootstrapSummary }, ...tools]

/** `rawbpf tools`: the tools that come with rawbpf, each with a line. */
export function toolsCommand(): Command {
  return command('tools')
    .description('List the tools: rawbpf exitsnoop and its like. Each has --help.')
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', examples)
    .action(async ({ json }: { readonly json?: true }) => {
      if (json === true) {
        await print(listed.map(({ name, summary }) => `${jsonText({ tool: name, summary })}\n`).join(''))
        return
      }
      const width = Math.max(...listed.map(({ name }) => name.length))
      await print(listed.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}\n`).join(''))
    })
}

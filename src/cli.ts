#!/usr/bin/env node
import { toolNames } from './tools/names.ts'

const args = process.argv.slice(2)

/**
 * bootstrap and the tools are to start quickly. Once built they are a script of their own, two thirds of the size of the one that
 * has all commands, and V8 takes as much less time to compile it.
 */
async function run(): Promise<number> {
  const name = args[0] ?? ''
  if (name === 'bootstrap' || toolNames.includes(name)) {
    const { toolMain } = await import('./commands/tool_main.ts')
    return await toolMain(args)
  }
  const { main } = await import('./commands/main.ts')
  return await main(args)
}

void run().then((exitCode) => {
  process.exitCode = exitCode
})

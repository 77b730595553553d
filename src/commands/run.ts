import { Command } from 'commander'
import { type ObjectSpec, parseObject } from '../index.ts'
import { settableGlobals } from '../run/global_options.ts'
import { BadArgument } from '../tool/bad_argument.ts'
import { command } from '../tool/command.ts'
import { type Example, examplesText } from '../tool/examples_text.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { printStep } from '../tool/print_step.ts'
import { writeHelp } from '../tool/write_help.ts'
import { readObject } from './run/read_object.ts'
import { addGlobalOptions, addRunOptions, readFlags } from './run/run_flags.ts'
import { runSession } from './run/run_session.ts'

const summary =
  'Load an object, attach what its section names say, and print the records of its ring buffers and perf buffers.'

/**
 * `rawbpf run`: an object that nobody prepared for us. Which options there are depends on the object, so that it comes first and the
 * rest is read once it is known.
 */
export function runCommand(setExitCode: (code: number) => void): Command {
  const parsed = new Command('run')
  // For rawbpf help run: the options are not this command's, but those of the one that is made for the object.
  parsed.helpInformation = generalHelp
  return parsed
    .configureOutput({ writeOut: writeHelp })
    .description(summary)
    .argument('[object]')
    .argument('[options...]')
    .helpOption(false)
    .allowUnknownOption()
    .exitOverride()
    .action(async (object: string | undefined, rest: readonly string[]) => {
      setExitCode(await run(object, rest))
    })
}

async function run(path: string | undefined, rest: readonly string[]): Promise<number> {
  if (path === '-h' || path === '--help') {
    writeHelp(generalHelp())
    return exitCodes.ok
  }
  if (path === undefined || path.startsWith('-')) {
    process.stderr.write(`Invalid arguments: the object comes first\n${generalHelp()}`)
    return exitCodes.usage
  }
  return await runFile(path, rest)
}

const examples: readonly Example[] = [
  ['rawbpf run execsnoop.bpf.o', 'prints the records of its buffers until interrupted'],
  ['rawbpf run execsnoop.bpf.o --json -n 10', 'prints ten of them, as JSON'],
  ['rawbpf run execsnoop.bpf.c --watch', 'compiles C, and does so again whenever it changes'],
  [
    'rawbpf run execsnoop.bpf.o --event events=exec_event',
    'says of what type the records of the map events are',
  ],
  ['rawbpf run biolatency.bpf.o --maps 1', 'prints maps every second, histograms among them'],
]

function generalHelp(): string {
  const general = addRunOptions(command('rawbpf run')).description(summary).usage('<object> [options]')
  return `${general.helpInformation()}${examplesText(examples)}
The object is a BPF object file, C whose name ends with .bpf.c, or a package.json of eunomia-bpf. Each of its const volatile
variables is an option: rawbpf run <object> --help lists them.
`
}

async function runFile(path: string, rest: readonly string[]): Promise<number> {
  const bytes = await readObject(path)
  const name = `rawbpf run ${path}`
  // The variables may be many, and what is wrong is to be seen.
  const more = `${name} --help lists the options`
  const parsed = addRunOptions(command(name)).description(summary).showHelpAfterError(more)
  const options = addGlobalOptions(parsed, settableGlobals(parseObject(bytes, path)))
  let exitCode: number = exitCodes.ok
  parsed.action(async () => {
    try {
      const request = readFlags(parsed.opts(), options)
      const observer = request.verbosity === 'steps' ? printStep : undefined
      const open = async (): Promise<ObjectSpec> => parseObject(await readObject(path), path, observer)
      await runSession(parseObject(bytes, path, observer), { path, open }, request)
    } catch (error) {
      if (!(error instanceof BadArgument)) throw error
      process.stderr.write(`${error.message}\n${more}\n`)
      exitCode = exitCodes.usage
    }
  })
  await parsed.parseAsync([...rest], { from: 'user' })
  return exitCode
}

import type { Command } from 'commander'
import { type ProgramReport, reportProgram } from '../explain/program_report.ts'
import { programText } from '../explain/program_text.ts'
import { openObject, type ProgramFailure, relocateObject } from '../index.ts'
import { chooseProgram, loadOnly } from './choose_program.ts'
import { command } from '../tool/command.ts'
import { examplesText } from '../tool/examples_text.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { jsonText } from '../tool/json.ts'
import { print } from './print.ts'
import { readInput } from './read_input.ts'
import { addTargetOptions, type TargetFlags } from './target_options.ts'
import { readTargetTypes } from './target_types.ts'

const examples = examplesText([
  ['rawbpf relocate app.bpf.o', 'what the running kernel would get'],
  ['rawbpf relocate app.bpf.o --btf vmlinux', 'what the kernel of this file would get'],
])

interface RelocateFlags extends TargetFlags {
  readonly json?: true
}

/** `rawbpf relocate`: the programs of an object as they would be loaded, with every patch. Needs no privilege. */
export function relocateCommand(setExitCode: (code: number) => void): Command {
  const named = command('relocate')
    .description(
      'Print the programs of an object as a kernel would get them, with everything that relocation changes.',
    )
    .argument('<object>', 'a BPF object file')
  return addTargetOptions(named)
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples)
    .action(async (path: string, flags: RelocateFlags) => {
      setExitCode(await relocate(path, flags))
    })
}

async function relocate(path: string, { btf, kconfig, program, json }: RelocateFlags): Promise<number> {
  const spec = await openObject(path)
  if (program !== undefined) loadOnly(spec, chooseProgram(spec, program))
  const relocated = relocateObject(spec, await readTargetTypes(btf, await readInput(kconfig)))
  const { endianness } = spec.elf
  const reports = relocated.programs.map((each) => reportProgram(each, { endianness, btf: spec.btf }))
  const { failures } = relocated
  await print(json === true ? jsonReport(path, reports, failures) : reports.map(programText).join('\n'))
  for (const { error } of failures) process.stderr.write(`rawbpf: ${error.message}\n`)
  return failures.length === 0 ? exitCodes.ok : exitCodes.failed
}

/** Instructions in hexadecimal, as in memory; `before` is there where relocation changed them. */
function jsonReport(
  object: string,
  programs: readonly ProgramReport[],
  failures: readonly ProgramFailure[],
): string {
  const report = {
    object,
    programs: programs.map(({ insns, ...program }) => ({
      ...program,
      insns: insns.map(({ insn, source, before, after, relocations }) => ({
        insn,
        bytes: after.bytes,
        text: after.text,
        ...(before === undefined ? {} : { before }),
        ...(source === undefined ? {} : { source }),
        ...(relocations.length === 0 ? {} : { relocations }),
      })),
    })),
    failures: failures.map(({ program, error }) => ({ program, code: error.code, message: error.message })),
  }
  return `${jsonText(report)}\n`
}

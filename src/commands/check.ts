import { basename } from 'node:path'
import { Option, type Command } from 'commander'
import { checkObject, refused } from '../check/check_object.ts'
import type { CheckedKernel } from '../check/checked_kernel.ts'
import { BpfError, openObject } from '../index.ts'
import { type CheckedObject, checkText } from './check_text.ts'
import { command } from '../tool/command.ts'
import { examplesText } from '../tool/examples_text.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { jsonText } from '../tool/json.ts'
import { print } from './print.ts'
import { readKernels } from './read_kernels.ts'

const examples = examplesText([
  ['rawbpf check *.bpf.o', 'will the running kernel take them?'],
  ['rawbpf check app.bpf.o --btf kernels/', 'will the kernels whose types are in the folder?'],
])

interface CheckFlags {
  readonly btf?: readonly string[]
  readonly json?: true
}

/** `rawbpf check`: whether objects will load into kernels that are known by their types. Needs no privilege. */
export function checkCommand(setExitCode: (code: number) => void): Command {
  return command('check')
    .description(
      'Say whether objects will load into kernels, as far as the types of those kernels tell. Ends with 1 where one will not.',
    )
    .argument('<objects...>', 'BPF object files')
    .addOption(
      new Option(
        '--btf <paths...>',
        'types of kernels: raw BTF or ELF files, compressed with gzip or not; folders of them; folders with a vmlinux and ' +
          "modules beside it, as /sys/kernel/btf (default: the running kernel's)",
      ),
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples)
    .action(async (objects: readonly string[], flags: CheckFlags) => {
      setExitCode(await check(objects, flags))
    })
}

async function check(paths: readonly string[], { btf, json }: CheckFlags): Promise<number> {
  const kernels = readKernels(btf)
  const objects: CheckedObject[] = []
  for (const path of paths) objects.push({ object: basename(path), checks: await checkFile(path, kernels) })
  await print(json === true ? checkJson(objects) : checkText(objects))
  const isRefused = objects.some(({ checks }) => checks.some((each) => each.check.verdict === 'no'))
  return isRefused ? exitCodes.failed : exitCodes.ok
}

/** An object that cannot be parsed will not load anywhere. */
async function checkFile(path: string, kernels: readonly CheckedKernel[]): Promise<CheckedObject['checks']> {
  try {
    const spec = await openObject(path)
    return kernels.map((kernel) => ({ kernel: kernel.name, check: checkObject(spec, kernel) }))
  } catch (error) {
    if (!(error instanceof BpfError) || error.code === 'FILE_UNREADABLE') throw error
    const check = refused(basename(path), error.message)
    return kernels.map(({ name }) => ({ kernel: name, check }))
  }
}

function checkJson(objects: readonly CheckedObject[]): string {
  const report = objects.map(({ object, checks }) => ({
    object,
    kernels: checks.map(({ kernel, check: { verdict, findings, values } }) => ({
      kernel,
      verdict,
      findings: findings.map(({ line, ...finding }) => ({
        ...finding,
        ...(line === undefined ? {} : { line }),
      })),
      values: Object.fromEntries(values),
    })),
  }))
  return `${jsonText({ objects: report })}\n`
}

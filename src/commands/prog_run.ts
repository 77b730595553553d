import type { Command } from 'commander'
import { type BpfProgram, loadObject, openObject, readBtfFile } from '../index.ts'
import { chooseProgram } from './choose_program.ts'
import { command } from '../tool/command.ts'
import { examplesText } from '../tool/examples_text.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { print } from './print.ts'
import { readInput } from './read_input.ts'
import { replaceFile } from '../tool/replace_file.ts'
import { explainRunRefusal } from './run_refused.ts'
import { runJson, type RunResult, runText } from './run_result.ts'

const examples = examplesText([
  [
    'rawbpf prog run xdp.bpf.o --data-in packet --repeat 1000',
    'what it returns for a packet, and how long it takes',
  ],
])

interface RunFlags {
  readonly program?: string
  readonly btf?: string
  readonly dataIn?: string
  readonly dataOut?: string
  readonly ctxIn?: string
  readonly ctxOut?: string
  readonly repeat?: string
  readonly json?: true
}

/** Where bytes go that are to be printed instead of written to a file, as in bpftool. */
const STDOUT = '-'

/** `rawbpf prog run`: loads a program and runs it, without attaching it. */
export function progRunCommand(setExitCode: (code: number) => void): Command {
  const parsed = command('run')
    .description('Load a program of an object and run it, without attaching it (BPF_PROG_TEST_RUN).')
    .argument('<object>', 'a BPF object file')
    .option('--program <name>', 'which program (default: the only one)')
    .option('--btf <file>', "resolve CO-RE relocations against these types instead of the running kernel's")
    .option('--data-in <file>', 'the packet, for programs that take one')
    .option('--data-out <file>', 'where to write the packet after the last run; - prints it')
    .option('--ctx-in <file>', 'the context')
    .option('--ctx-out <file>', 'where to write the context after the last run; - prints it')
    .option('--repeat <count>', 'how many times to run it (default: 1)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples)
  return parsed.action(async (path: string, flags: RunFlags) => {
    const repeat = flags.repeat === undefined ? 1 : parseCount(flags.repeat)
    if (repeat === undefined) {
      process.stderr.write(`Invalid count: ${flags.repeat ?? ''}\n${parsed.helpInformation()}`)
      setExitCode(exitCodes.usage)
      return
    }
    await run(path, flags, repeat)
  })
}

/** The kernel counts runs in 32 bits. */
const MAX_REPEAT = 0xffff_ffff

function parseCount(text: string): number | undefined {
  const count = /^\d+$/.test(text) ? Number(text) : 0
  return count > 0 && count <= MAX_REPEAT ? count : undefined
}

async function run(path: string, flags: RunFlags, repeat: number): Promise<void> {
  const [dataIn, ctxIn] = [await readInput(flags.dataIn), await readInput(flags.ctxIn)]
  const targetBtf = flags.btf === undefined ? {} : { targetBtf: await readBtfFile(flags.btf) }
  const spec = await openObject(path)
  const chosen = chooseProgram(spec, flags.program)
  chosen.autoload = true
  // The others are loaded too, since the program may reach them by tail calls; where they cannot be, it is run without.
  const optional = [...spec.programs.keys()].filter((name) => name !== chosen.name)
  using object = loadObject(spec, { optional, ...targetBtf })
  const wanted = { data: flags.dataOut !== undefined, ctx: flags.ctxOut !== undefined }
  const result = runProgram(object.program(chosen.name), { dataIn, ctxIn, repeat, wanted })
  const shown = {
    ...result,
    dataOut: await writeOutput(flags.dataOut, result.dataOut),
    ctxOut: await writeOutput(flags.ctxOut, result.ctxOut),
  }
  await print(flags.json === true ? runJson(shown) : runText(shown))
}

interface RunRequest {
  readonly dataIn: Uint8Array | undefined
  readonly ctxIn: Uint8Array | undefined
  readonly repeat: number
  /** What somebody wants to see afterwards. */
  readonly wanted: { readonly data: boolean; readonly ctx: boolean }
}

/** Bytes: room for what a program may put before and behind a packet, bpf_xdp_adjust_head() and its like. */
const GROWTH = 65_536

/** Bytes; no type of program has a larger context. */
const MAX_CONTEXT = 65_536

function runProgram(program: BpfProgram, { dataIn, ctxIn, repeat, wanted }: RunRequest): RunResult {
  const dataOut = wanted.data ? new Uint8Array((dataIn?.length ?? 0) + GROWTH) : undefined
  // The kernel writes the context of a syscall program back to where it came from, and takes no other place.
  const isInPlace = program.section.definition.programType === 'BPF_PROG_TYPE_SYSCALL'
  const ctxOut = wanted.ctx && !isInPlace ? new Uint8Array(MAX_CONTEXT) : undefined
  try {
    // Some types refuse to be told how often they run, even once.
    const count = repeat === 1 ? undefined : repeat
    const ran = program.testRun({ dataIn, ctxIn, dataOut, ctxOut, repeat: count })
    return {
      retval: ran.retval,
      duration: ran.duration,
      repeat,
      dataOut: dataOut?.subarray(0, ran.dataSizeOut),
      ctxOut: isInPlace ? ctxIn : ctxOut?.subarray(0, ran.ctxSizeOut),
    }
  } catch (error) {
    throw explainRunRefusal(error, program)
  }
}

/** @returns What is left to be printed. */
async function writeOutput(
  path: string | undefined,
  bytes: Uint8Array | undefined,
): Promise<Uint8Array | undefined> {
  if (path === undefined || bytes === undefined) return undefined
  if (path === STDOUT) return bytes
  await replaceFile(path, bytes)
  return undefined
}

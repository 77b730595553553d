import { dirname } from 'node:path'
import type { Command } from 'commander'
import {
  loadObject,
  type LoadedObject,
  type LoadedProgram,
  openKernel,
  openObject,
  readBtfFile,
} from '../index.ts'
import { pinAll, pinPathIn, type PinRequest } from '../kernel/pin.ts'
import { quoted } from '../explain/quoted.ts'
import { mapPinRequests } from '../loader/pin_requests.ts'
import { ChoiceError } from './choose_program.ts'
import { command } from '../tool/command.ts'
import { type Example, examplesText } from '../tool/examples_text.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { type LoadWords, parseLoadWords } from './load_words.ts'
import { type MissingDirectory, PinDirectories } from './pin_directories.ts'

interface LoadFlags {
  /** commander's form of `--nomount`. */
  readonly nomount?: true
}

/** Which programs are pinned, and where. */
interface LoadCommand {
  readonly name: string
  readonly description: string
  readonly pathName: string
  readonly pathDescription: string
  /** The directory that has to be in a BPF file system. */
  readonly directoryOf: (path: string) => string
  /** What to do where it is not there and not to be in one that is mounted. */
  readonly missingDirectory: MissingDirectory
  readonly examples: readonly Example[]
  readonly pinsOf: (programs: readonly LoadedProgram[], path: string) => readonly ProgramPin[]
}

interface ProgramPin {
  readonly program: LoadedProgram
  readonly path: string
}

/** `rawbpf prog load`: as `bpftool prog load`, loads an object and pins its first program. */
export const progLoadCommand = loadCommand({
  name: 'load',
  description: 'Load the programs of an object and pin the first one.',
  pathName: '<path>',
  pathDescription: 'where in a BPF file system to pin it',
  directoryOf: dirname,
  missingDirectory: 'refuse',
  examples: [
    [
      'rawbpf prog load app.bpf.o /sys/fs/bpf/app',
      'its first program, which stays until the file is removed',
    ],
  ],
  pinsOf: (programs, path) => programs.slice(0, 1).map((program) => ({ program, path })),
})

/** `rawbpf prog loadall`: as `bpftool prog loadall`, loads an object and pins its programs under their names. */
export const progLoadallCommand = loadCommand({
  name: 'loadall',
  description: 'Load the programs of an object and pin all of them under their names.',
  pathName: '<directory>',
  pathDescription: 'where in a BPF file system to pin them; it is made if it is not there',
  directoryOf: (path) => path,
  missingDirectory: 'make',
  examples: [
    [
      'rawbpf prog loadall app.bpf.o /sys/fs/bpf/app autoattach',
      'all of it, attached, until the folder is removed',
    ],
  ],
  pinsOf: (programs, path) => programs.map((program) => ({ program, path: pinPathIn(path, program.name) })),
})

function loadCommand(load: LoadCommand): (setExitCode: (code: number) => void) => Command {
  return (setExitCode) => {
    const parsed = command(load.name)
      .description(load.description)
      .argument('<object>', 'a BPF object file')
      .argument(load.pathName, load.pathDescription)
      .argument(
        '[words...]',
        'pinmaps DIR: pin the maps there; autoattach: attach programs and pin the links; kernel_btf FILE',
      )
      .option('-n, --nomount', 'do not mount a BPF file system where there is none')
      .addHelpText('after', examplesText(load.examples))
    return parsed.action(async (object: string, path: string, args: readonly string[], flags: LoadFlags) => {
      const result = parseLoadWords(args)
      if (result.kind === 'wrong') {
        process.stderr.write(`${result.why}\n${parsed.helpInformation()}`)
        setExitCode(exitCodes.usage)
        return
      }
      await loadAndPin(load, object, path, result.words, flags)
    })
  }
}

async function loadAndPin(
  load: LoadCommand,
  file: string,
  path: string,
  words: LoadWords,
  flags: LoadFlags,
): Promise<void> {
  const targetBtf = words.kernelBtf === undefined ? {} : { targetBtf: await readBtfFile(words.kernelBtf) }
  const spec = await openObject(file)
  const kernel = openKernel()
  if (![...spec.programs.values()].some(({ autoload }) => autoload)) {
    throw new ChoiceError(file, 'has no program that is loaded by default')
  }
  // Before the load, which pins in them too, where maps ask for it.
  using directories = new PinDirectories(kernel, flags.nomount === true ? 'refuse' : 'mount')
  directories.require(load.directoryOf(path), load.missingDirectory)
  if (words.pinMaps !== undefined) directories.require(words.pinMaps, 'make')
  using object = loadObject(spec, { kernel, ...targetBtf })
  const pins = load.pinsOf([...object.programs.values()], path)
  pinAll([...pins.map((pin) => pinRequest(pin, words)), ...mapRequests(object, words)])
  directories.keep()
}

/** The program, or where it is to be attached and its section's name says where, its link. */
function pinRequest({ program, path }: ProgramPin, { pinned }: LoadWords): PinRequest {
  if (pinned === 'programs') return { path, object: program }
  const { attachTarget, name } = program.section
  if (attachTarget.kind !== 'none' && attachTarget.kind !== 'unsupported') {
    return { path, object: program.attach() }
  }
  const why = attachTarget.kind === 'unsupported' ? attachTarget.why : 'the name does not say what to'
  process.stderr.write(
    `rawbpf: program ${quoted(program.name)} is pinned without being attached by its section name ${quoted(name)}: ${why}\n`,
  )
  return { path, object: program }
}

function mapRequests(object: LoadedObject, { pinMaps }: LoadWords): readonly PinRequest[] {
  return pinMaps === undefined ? [] : mapPinRequests(object, pinMaps)
}

import { dirname } from 'node:path'
import { readFileFor } from '../../loader/read_file.ts'
import { clangArguments } from '../../run/clang_arguments.ts'
import { RunError } from '../../run/run_error.ts'
import { type ClangEnding, runClang } from './run_clang.ts'
import { withVmlinuxHeader } from './vmlinux_header.ts'

/** clang writes the object there, so that no file is left wherever it is interrupted. */
const STDOUT = '-'

/**
 * Compiles C to a BPF object, for the machine that this runs on. Where the source includes a `vmlinux.h` that is not there, it
 * gets one of the running kernel's types. What clang says although it succeeds goes to standard error.
 *
 * @throws BpfError 'FILE_UNREADABLE'; RunError 'BUILD_NO_CLANG', 'BUILD_FAILED'; as `withVmlinuxHeader`
 */
export async function buildObject(source: string): Promise<Uint8Array> {
  await readFileFor(source, `compile ${source}`)
  const compile = (includes: readonly string[]): Promise<ClangEnding> =>
    runClang(source, clangArguments({ source, output: STDOUT, arch: process.arch, includes }))
  const own = dirname(source)
  const first = await compile([own])
  const ending = isMissing('vmlinux.h', first)
    ? await withVmlinuxHeader((folder) => compile([own, folder]))
    : first
  if (ending.failure !== undefined) throw buildFailed(source, ending, ending.failure)
  process.stderr.write(ending.said)
  return ending.output
}

/** Where the object of a source goes unless somebody says otherwise. */
export function objectOf(source: string): string {
  return source.replace(/c$/, 'o')
}

function isMissing(header: string, { failure, said }: ClangEnding): boolean {
  return failure !== undefined && said.includes(`'${header}' file not found`)
}

/** The command is told so that it can be tried again: with the object where the user would have it. */
function buildFailed(source: string, { said, command }: ClangEnding, failure: string): RunError {
  const shown = command.map((word) => quoted(word === STDOUT ? objectOf(source) : word)).join(' ')
  const needsLibbpf = /'bpf\/bpf_\w+\.h' file not found/.test(said)
  const advice = needsLibbpf
    ? "\nThese headers are libbpf's: the package libbpf-dev of Debian and Ubuntu, libbpf-devel of Fedora."
    : ''
  const message = `cannot compile ${source} (${failure}):\n${said}The command was: ${shown}${advice}`
  return new RunError('BUILD_FAILED', message, { object: source })
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}

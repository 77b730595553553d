/**
 * Builds every bpf/NAME.bpf.c into bpf/NAME.bpf.o, which is in the repository so that users need no clang, the object of the
 * tour, and those of the tests that ask a kernel, which has no clang either. The DWARF that BTF is made of is stripped. With --check it
 * builds into a temporary folder and compares: the committed objects must be what the sources say.
 *
 * One compiler version, and no path of the building machine in the object: the same sources give the same bytes anywhere.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { BpfError } from '../src/base/errors.ts'
import { bpfTarget, systemHeaders } from '../src/run/clang_arguments.ts'
import { compareObjects } from './compare-objects.ts'

const repository = join(import.meta.dirname, '..')

/** Another version generates other code. 19.1.7 is what Debian 12 and 13 have under this name. */
const compiler = { clang: 'clang-19', strip: 'llvm-strip-19', version: '19.1.7' }

/** Where the objects are, each beside its source. */
const folders = ['bpf', 'docs/tour', 'test/fixtures/kernel', 'test/fixtures/run']

/** What stops the build and is no bug of this script. */
class BuildFailure extends Error {}

function checkCompiler(): void {
  const found = versionOf(compiler.clang)
  if (found === compiler.version) return
  throw new BuildFailure(
    `The BPF objects are built with ${compiler.clang} ${compiler.version}, found ${found ?? 'none'}. ` +
      `Install Debian's packages clang-19, llvm-19 and libbpf-dev.`,
  )
}

function versionOf(clang: string): string | undefined {
  try {
    const output = execFileSync(clang, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return /clang version (\d+\.\d+\.\d+)/.exec(output)?.[1]
  } catch {
    return undefined
  }
}

function flags(): readonly string[] {
  return [
    ...bpfTarget,
    '-Wall',
    '-Wextra',
    '-Werror',
    // Line information names files relative to the repository, where clang runs.
    '-fdebug-compilation-dir=.',
    ...systemHeaders(process.arch),
  ]
}

/** Builds an object (e.g. bpf/bootstrap.bpf.o) from its source, as `output`. */
function build(object: string, output: string): void {
  run(compiler.clang, [...flags(), '-c', object.replace(/\.o$/, '.c'), '-o', output])
  run(compiler.strip, ['-g', output])
}

function run(command: string, args: readonly string[]): void {
  try {
    execFileSync(command, args, { cwd: repository, stdio: ['ignore', 'inherit', 'inherit'] })
  } catch (cause) {
    throw new BuildFailure(`${command} ${args.join(' ')} failed; its output says why.`, { cause })
  }
}

/** Builds `object` elsewhere and returns how it differs from the committed one. */
function differences(object: string, output: string): readonly string[] {
  if (!existsSync(join(repository, object))) return ['is missing']
  build(object, output)
  return compareObjects(
    { name: object, bytes: readFileSync(join(repository, object)) },
    { name: `rebuilt ${basename(object)}`, bytes: readFileSync(output) },
  )
}

function check(objects: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'rawbpf-build-'))
  try {
    const found = objects.flatMap((object) =>
      differences(object, join(folder, 'rebuilt.o')).map((text) => `${object}: ${text}`),
    )
    if (found.length === 0) return
    throw new BuildFailure(
      `The committed objects are not what their sources give; run npm run build:bpf.\n${found.join('\n')}`,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function main(args: readonly string[]): void {
  const objects = folders.flatMap((folder) =>
    readdirSync(join(repository, folder))
      .filter((file) => file.endsWith('.bpf.c'))
      .map((file) => `${folder}/${file.replace(/\.c$/, '.o')}`),
  )
  checkCompiler()
  if (args.includes('--check')) {
    check(objects)
    console.log(`${objects.join(', ')}: as committed`)
    return
  }
  for (const object of objects) build(object, object)
  console.log(`built ${objects.join(', ')}`)
}

try {
  main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof BuildFailure || error instanceof BpfError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

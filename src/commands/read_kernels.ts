import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { BpfError } from '../base/errors.ts'
import type { Btf } from '../btf/btf.ts'
import type { CheckedKernel } from '../check/checked_kernel.ts'
import { parseBtfFile } from '../object/btf_file.ts'
import { runningTypes } from './target_types.ts'

const VMLINUX = 'vmlinux'
const GZIP = [0x1f, 0x8b]

/**
 * The kernels whose types are in files and folders: a folder with a `vmlinux` is one kernel with its modules, as /sys/kernel/btf
 * is; of another one each file is a kernel. Without paths it is the running kernel.
 *
 * @throws BpfError 'FILE_UNREADABLE'; BtfError, ElfError as parseBtfFile does
 */
export function readKernels(paths: readonly string[] | undefined): readonly CheckedKernel[] {
  if (paths !== undefined) return paths.flatMap(kernelsAt)
  const { targetBtf, modules } = runningTypes()
  return [{ name: 'this kernel', vmlinux: targetBtf(), modules: modules() }]
}

function kernelsAt(path: string): readonly CheckedKernel[] {
  if (!isFolder(path)) return [kernelIn(path)]
  const names = list(path)
  if (!names.includes(VMLINUX)) {
    if (names.length === 0) throw unreadable(path, 'the folder has no files')
    return names.map((name) => kernelIn(join(path, name)))
  }
  const vmlinux = readTypes(join(path, VMLINUX), VMLINUX)
  const modules = names
    .filter((name) => name !== VMLINUX)
    .map((name) => ({ name, btf: readTypes(join(path, name), name, vmlinux) }))
  return [{ name: basename(path), vmlinux, modules }]
}

function kernelIn(path: string): CheckedKernel {
  return { name: basename(path).replace(/(\.btf|\.gz)+$/, ''), vmlinux: readTypes(path, path), modules: [] }
}

function readTypes(path: string, name: string, base?: Btf): Btf {
  const bytes = attempt(path, () => readFileSync(path))
  const isPacked = GZIP.every((byte, index) => bytes[index] === byte)
  return parseBtfFile(isPacked ? attempt(path, () => gunzipSync(bytes)) : bytes, { name, base })
}

const isFolder = (path: string): boolean => attempt(path, () => statSync(path).isDirectory())

const list = (path: string): readonly string[] =>
  attempt(path, () => readdirSync(path).filter((name) => statSync(join(path, name)).isFile())).sort()

function attempt<Result>(path: string, read: () => Result): Result {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof BpfError) throw cause
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function unreadable(path: string, why: string, cause?: unknown): BpfError {
  return new BpfError('FILE_UNREADABLE', `cannot read types of kernels from ${path}: ${why}`, {
    object: path,
    cause,
  })
}

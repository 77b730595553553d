import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BpfError } from '../base/errors.ts'
import { Btf, type ModuleBtf, openKernel, readBtfFile, type RelocateOptions } from '../index.ts'
import { KernelError } from '../kernel/kernel_error.ts'
import { VMLINUX_BTF_PATH } from '../kernel/vmlinux_btf.ts'
import { givenConfig, runningExternFacts } from '../loader/running_extern_facts.ts'

/** The kernel that an object is relocated for: its types, and what externs have to know of it. */
export type TargetTypes = Omit<RelocateOptions, 'observer'>

/**
 * The types in the file that the user names; or else those of the running kernel and of its modules, which are for whoever
 * asks: an object that needs none is relocated on a system that has none.
 *
 * @param kconfig A configuration that goes before the running kernel's.
 * @throws BpfError, BtfError, ElfError as readBtfFile does
 */
export async function readTargetTypes(
  path: string | undefined,
  kconfig: Uint8Array | undefined,
): Promise<TargetTypes> {
  if (path === undefined) {
    const types = runningTypes()
    const facts = runningExternFacts(openKernel, types.targetBtf, kconfig, undefined)
    return { ...facts, ...types, kernelModules: types.modules }
  }
  const btf = await readBtfFile(path)
  const kernelConfig = kconfig === undefined ? [] : [() => givenConfig(kconfig)]
  return { targetBtf: () => btf, kernelConfig }
}

/**
 * The running kernel's types, from the files that it offers them in. Asking bpf(2) for the modules' would take a privilege,
 * and koffi.
 */
export function runningTypes(
  vmlinuxPath: string = VMLINUX_BTF_PATH,
): Required<Pick<TargetTypes, 'targetBtf' | 'modules'>> {
  let vmlinux: Btf | undefined
  const targetBtf = (): Btf => (vmlinux ??= readVmlinux(vmlinuxPath))
  return { targetBtf, modules: () => readModules(vmlinuxPath, targetBtf()) }
}

function readVmlinux(path: string): Btf {
  return Btf.parse(readBytes(path), { name: 'vmlinux', atUnknownKind: 'stop' })
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new KernelError(
      'NO_KERNEL_BTF',
      `cannot read the running kernel's types: ${why}; name a file that has a kernel's types with --btf FILE`,
      { cause },
    )
  }
}

/** One whose types are broken costs only itself. */
function readModules(vmlinuxPath: string, base: Btf): readonly ModuleBtf[] {
  const folder = dirname(vmlinuxPath)
  const names = readdirSync(folder).filter((name) => name !== basename(vmlinuxPath))
  return names.flatMap((name) => {
    try {
      return [{ name, btf: Btf.parse(readBytes(join(folder, name)), { name, base }) }]
    } catch (error) {
      if (error instanceof BpfError) return []
      throw error
    }
  })
}

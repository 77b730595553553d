import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import {
  type DebianKernel,
  debianKernel,
  moduleName,
  readModule,
  unpackImage,
} from '../../scripts/debian-kernel.ts'
import type { Guest } from './guests.ts'
import { writeArchive } from './initramfs.ts'
import { loadOrder, readModuleInfo } from './modules.ts'

/** Modules that tests need, where the kernel has them as modules: devices, queueing, and types to look at. */
export const MODULES = [
  'veth',
  'dummy',
  'sch_ingress',
  'cls_bpf',
  'act_bpf',
  'tcp_bbr',
  'nf_defrag_ipv4',
  'nf_defrag_ipv6',
  'null_blk',
]

/** What qemu boots for a guest. */
export interface KernelImage {
  readonly release: string
  /** A file that qemu starts without a boot loader: the unpacked vmlinux on x86-64, an Image on arm64. */
  readonly kernel: string
  /** An archive with the modules and the configuration of this kernel, for behind the one of the root. */
  readonly archive: string
}

/** Downloads a guest's kernel, unless it is there, and unpacks what is needed of it. */
export function makeKernelImage({ name, suite, architecture }: Guest): KernelImage {
  const debian = debianKernel(suite, architecture)
  const folder = join(import.meta.dirname, '../../.cache/vm', name)
  mkdirSync(folder, { recursive: true })
  const kernel = join(folder, `kernel-${debian.release}`)
  if (!existsSync(kernel)) {
    // A boot image unpacks itself, which costs an emulated processor 5 to 12 seconds.
    const image = readFileSync(debian.image)
    writeFileSync(kernel, architecture === 'amd64' ? unpackImage(image, suite) : image)
  }
  return { release: debian.release, kernel, archive: archiveModules(debian, folder) }
}

function archiveModules(kernel: DebianKernel, folder: string): string {
  const root = join(folder, 'modules')
  const archive = join(folder, 'modules.cpio')
  rmSync(root, { recursive: true, force: true })
  mkdirSync(join(root, 'modules'), { recursive: true })
  mkdirSync(join(root, 'boot'))
  copyFileSync(kernel.config, join(root, 'boot', `config-${kernel.release}`))
  const files = new Map(
    readdirSync(kernel.modules, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.ko(\.\w+)?$/.test(file))
      .map((file) => [moduleName(file).replaceAll('-', '_'), join(kernel.modules, file)]),
  )
  const read = (name: string): Uint8Array | undefined => {
    const file = files.get(name)
    return file === undefined ? undefined : readModule(file)
  }
  const order = loadOrder(MODULES, (name) => {
    const bytes = read(name)
    return bytes === undefined ? undefined : readModuleInfo(bytes, name)
  })
  for (const name of order) writeFileSync(join(root, 'modules', `${name}.ko`), read(name) ?? new Uint8Array())
  writeFileSync(join(root, 'modules/order'), order.map((name) => `${name}.ko\n`).join(''))
  writeArchive(root, archive)
  return archive
}

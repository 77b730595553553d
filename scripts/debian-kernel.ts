/**
 * Kernels that this machine does not run: the newest kernel package of a Debian suite. What the package has is `vmlinuz`, a
 * boot image with the vmlinux packed in it, and the modules with split BTF on top. Run as a program, it prints where the
 * types of one are.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { sectionNamed } from '../src/elf/lookup.ts'
import { parseElfSections } from '../src/elf/parse.ts'
import {
  type Architecture,
  cacheFolder,
  machineArchitecture,
  SuiteError,
  unpackSuite,
} from './debian-suite.ts'

/** A kernel of Debian's, unpacked. */
export interface DebianKernel {
  /** e.g. `6.1.0-56-cloud-amd64`. */
  readonly release: string
  /** The boot image, `vmlinuz`. */
  readonly image: string
  /** `config` of the same build. */
  readonly config: string
  /** The folder of its modules, `lib/modules/RELEASE`. */
  readonly modules: string
}

/**
 * Downloads the newest kernel of a suite, unless that was done before. Debian's kernel for virtual machines is the smallest,
 * and the package of that name is the newest of the suite.
 *
 * @throws SuiteError
 */
export function debianKernel(suite: string, architecture: Architecture = machineArchitecture): DebianKernel {
  const meta = `linux-image-cloud-${architecture}`
  const { root } = unpackSuite(suite, [meta], isPart, architecture)
  const releases = [join(root, 'lib/modules'), join(root, 'usr/lib/modules')].flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder).map((release) => ({ release, modules: join(folder, release) }))
      : [],
  )
  const [kernel] = releases
  if (kernel === undefined) throw new SuiteError(`${suite}: the packages of ${meta} have no modules`)
  const { release, modules } = kernel
  const find = (name: string): string => {
    const found = [join(root, 'boot', `${name}-${release}`), join(modules, name)].find((path) =>
      existsSync(path),
    )
    if (found === undefined) throw new SuiteError(`${suite}: the packages of ${meta} have no ${name}`)
    return found
  }
  return { release, image: find('vmlinuz'), config: find('config'), modules }
}

/** From Linux 7 on, Debian has the image, the modules and the rest in packages of their own. */
function isPart(name: string): boolean {
  return /^linux-(image|binary|modules|base)-\d/.test(name)
}

export interface OtherKernel {
  /** e.g. `6.1.0-56-cloud-amd64`. */
  readonly release: string
  /** A file with raw BTF. */
  readonly vmlinux: string
  /** Files with raw split BTF. */
  readonly modules: readonly string[]
}

/** How many modules are taken; the package has more than a thousand. */
const MAX_MODULES = 12

/**
 * Downloads the newest kernel of a suite and takes its types out, unless that was done before.
 *
 * @throws SuiteError
 */
export function otherKernel(suite: string): OtherKernel {
  const { release, image, modules } = debianKernel(suite)
  const folder = join(cacheFolder, suite, 'btf', release)
  const vmlinux = join(folder, 'vmlinux')
  if (!existsSync(vmlinux)) {
    mkdirSync(folder, { recursive: true })
    for (const [name, btf] of takeModules(modules)) writeFileSync(join(folder, name), btf)
    const btf = btfOf(unpackImage(readFileSync(image), suite), image)
    if (btf === undefined) throw new SuiteError(`${suite}: ${basename(image)} has no section .BTF`)
    writeFileSync(vmlinux, btf)
  }
  const names = readdirSync(folder).filter((name) => name !== 'vmlinux')
  return { release, vmlinux, modules: names.map((name) => join(folder, name)) }
}

/**
 * The types that a module of a suite's newest kernel has beside those of vmlinux, as split BTF.
 *
 * @throws SuiteError where there is no such module, or it has no types
 */
export function typesOfModule(suite: string, name: string): Uint8Array {
  const { modules } = debianKernel(suite)
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' })
  const file = files.find((each) => /\.ko(\.\w+)?$/.test(each) && moduleName(each) === name)
  const btf = file === undefined ? undefined : btfOf(readModule(join(modules, file)), file)
  if (btf === undefined) throw new SuiteError(`${suite}: its kernel has no module ${name} with types`)
  return btf
}

function takeModules(folder: string): readonly (readonly [string, Uint8Array])[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ko(\.\w+)?$/.test(file))
    .sort()
  const step = Math.max(1, Math.floor(files.length / MAX_MODULES))
  return files
    .filter((_, index) => index % step === 0)
    .flatMap((file) => {
      // Modules have BTF since Linux 5.11.
      const btf = btfOf(readModule(join(folder, file)), file)
      return btf === undefined ? [] : [[moduleName(file), btf] as const]
    })
}

/** The bytes of a module's file, which Debian compresses since trixie. */
export function readModule(path: string): Uint8Array {
  const bytes = readFileSync(path)
  return decompress(bytes) ?? bytes
}

/** `veth` for `kernel/drivers/net/veth.ko.xz`. */
export function moduleName(file: string): string {
  return basename(file).split('.')[0] ?? file
}

function btfOf(elf: Uint8Array, name: string): Uint8Array | undefined {
  return sectionNamed(parseElfSections(elf, name), '.BTF')?.data
}

/** Bytes of a sector, in which the boot protocol counts the setup code. */
const SECTOR = 512

/**
 * The vmlinux in a boot image: `setup_sects`, `payload_offset` and `payload_length` say where (Documentation/arch/x86/boot.rst).
 * But for gzip, the last four bytes are the unpacked length.
 */
export function unpackImage(image: Buffer, suite: string): Uint8Array {
  const start = (image.readUInt8(0x1f1) + 1) * SECTOR + image.readUInt32LE(0x248)
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c))
  const unpacked = decompress(payload.subarray(0, -4)) ?? decompress(payload)
  if (unpacked === undefined) throw new SuiteError(`${suite}: cannot unpack the kernel's boot image`)
  return unpacked
}

const MAGICS = [
  { command: 'gzip', start: '1f8b' },
  { command: 'xz', start: 'fd377a585a' },
  { command: 'zstd', start: '28b52ffd' },
  { command: 'lz4', start: '02214c18' },
] as const

/** @returns undefined for what is not compressed */
function decompress(bytes: Uint8Array): Uint8Array | undefined {
  const start = Buffer.from(bytes.subarray(0, 8)).toString('hex')
  const magic = MAGICS.find((each) => start.startsWith(each.start))
  if (magic === undefined) return undefined
  try {
    return execFileSync(magic.command, ['-dc'], {
      input: bytes,
      maxBuffer: 1 << 30,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
  } catch (cause) {
    throw new SuiteError(`cannot decompress with ${magic.command}`, { cause })
  }
}

if (process.argv[1] === import.meta.filename) {
  const { release, vmlinux, modules } = otherKernel(process.argv[2] ?? 'bookworm')
  console.log(`${release}: ${vmlinux}, ${modules.length} modules`)
}

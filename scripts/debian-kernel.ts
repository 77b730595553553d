/**
 * The types of a kernel that this machine does not run: those of the newest kernel package of a Debian suite. What the
 * package has is `vmlinuz`, a boot image with the vmlinux packed in it, and the modules with split BTF on top. Run as a
 * program, it prints where they are.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sectionNamed } from '../src/elf/lookup.ts'
import { parseElfSections } from '../src/elf/parse.ts'
import { SuiteError, unpackSuite } from './oracle-suite.ts'

/** Debian's kernel for virtual machines is the smallest, and the package of that name is the newest of the suite. */
const META_PACKAGE = process.arch === 'arm64' ? 'linux-image-cloud-arm64' : 'linux-image-cloud-amd64'

/** How many modules are taken; the package has more than a thousand. */
const MAX_MODULES = 12

export interface OtherKernel {
  /** e.g. `6.1.0-56-cloud-amd64`. */
  readonly release: string
  /** A file with raw BTF. */
  readonly vmlinux: string
  /** Files with raw split BTF. */
  readonly modules: readonly string[]
}

/**
 * Downloads the newest kernel of a suite and takes its types out, unless that was done before.
 *
 * @throws SuiteError
 */
export function otherKernel(suite: string): OtherKernel {
  const { root } = unpackSuite(suite, [META_PACKAGE], (name) => /^linux-image-\d/.test(name))
  const boot = join(root, 'boot')
  const image = existsSync(boot) ? readdirSync(boot).find((name) => name.startsWith('vmlinuz-')) : undefined
  if (image === undefined) throw new SuiteError(`${suite}: the kernel package has no boot/vmlinuz`)
  const release = image.slice('vmlinuz-'.length)
  const folder = join(root, '..', 'btf', release)
  const vmlinux = join(folder, 'vmlinux')
  if (!existsSync(vmlinux)) {
    mkdirSync(folder, { recursive: true })
    for (const [name, btf] of takeModules(join(root, 'lib/modules', release)))
      writeFileSync(join(folder, name), btf)
    writeFileSync(vmlinux, btfOf(unpackImage(readFileSync(join(boot, image)), suite), image))
  }
  const modules = readdirSync(folder).filter((name) => name !== 'vmlinux')
  return { release, vmlinux, modules: modules.map((name) => join(folder, name)) }
}

function takeModules(folder: string): readonly (readonly [string, Uint8Array])[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ko(\.\w+)?$/.test(file))
    .sort()
  const step = Math.max(1, Math.floor(files.length / MAX_MODULES))
  return files
    .filter((_, index) => index % step === 0)
    .map((file) => {
      const bytes = readFileSync(join(folder, file))
      const name = file.split('/').at(-1)?.split('.')[0] ?? file
      return [name, btfOf(decompress(bytes) ?? bytes, file)] as const
    })
}

function btfOf(elf: Uint8Array, name: string): Uint8Array {
  const section = sectionNamed(parseElfSections(elf, name), '.BTF')
  if (section === undefined) throw new SuiteError(`${name} has no section .BTF`)
  return section.data
}

/** Bytes of a sector, in which the boot protocol counts the setup code. */
const SECTOR = 512

/**
 * The vmlinux in a boot image: `setup_sects`, `payload_offset` and `payload_length` say where (Documentation/arch/x86/boot.rst).
 * But for gzip, the last four bytes are the unpacked length.
 */
function unpackImage(image: Buffer, suite: string): Uint8Array {
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

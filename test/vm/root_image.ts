import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Architecture, triplets, unpackSuite } from '../../scripts/debian-suite.ts'
import { type NodeArchitecture, nodeBinary, npmPackage } from '../../scripts/node-binary.ts'
import { writeArchive } from './initramfs.ts'

const repository = join(import.meta.dirname, '../..')

/** The programs of a guest come from one Debian release, whatever kernel it runs. */
const SUITE = 'bookworm'
const PACKAGES = ['busybox-static', 'coreutils', 'dash', 'libstdc++6', 'mount', 'util-linux']

/** The oldest Node.js that rawbpf supports. */
const NODE_MAJOR = '20'

/** What tests start by its path or by its name; busybox does for everything else. */
const PROGRAMS = [
  'bin/dash',
  'bin/false',
  'bin/sleep',
  'bin/true',
  'usr/bin/setpriv',
  'usr/bin/unshare',
  'usr/bin/prlimit',
]

const nodeArchitectures: Readonly<Record<Architecture, NodeArchitecture>> = { amd64: 'x64', arm64: 'arm64' }

/**
 * Makes the part of the guests' file system that all guests of an architecture share, an archive for the kernel's initramfs:
 * programs, Node.js, the checkout with its tests compiled, the objects that they load.
 *
 * @param bundle The folder that `bundleTests` wrote.
 * @param objects More files for the guest: where they go, below the checkout, and where they are.
 * @returns The archive's path.
 */
export function makeRootImage(
  architecture: Architecture,
  bundle: string,
  objects: ReadonlyMap<string, string>,
): string {
  const cache = join(repository, '.cache', 'vm')
  const root = join(cache, `root-${architecture}`)
  rmSync(root, { recursive: true, force: true })
  for (const folder of [
    'dev',
    'etc',
    'lib64',
    'proc',
    'root',
    'run',
    'sys',
    'tmp',
    'usr/sbin',
    'sbin',
    'modules',
  ])
    mkdirSync(join(root, folder), { recursive: true })
  addPrograms(root, architecture)
  addNode(root, architecture)
  addBpftool(root, architecture)
  addCheckout(join(root, 'rawbpf'), bundle)
  for (const [place, file] of objects) copy(file, join(root, 'rawbpf', place))
  const init = readFileSync(join(import.meta.dirname, 'guest', 'init'))
  writeFileSync(join(root, 'init'), init, { mode: 0o755 })
  const archive = join(cache, `root-${architecture}.cpio`)
  writeArchive(root, archive)
  return archive
}

function addPrograms(root: string, architecture: Architecture): void {
  const debian = unpackSuite(SUITE, PACKAGES, undefined, architecture).root
  for (const program of PROGRAMS) copy(join(debian, program), join(root, program))
  copy(join(debian, 'bin/busybox'), join(root, 'bin/busybox'))
  symlinkSync('/bin/dash', join(root, 'bin/sh'))
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  )
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n')
  addLibraries(root, debian, architecture)
}

/** The shared libraries of the suite, in the one folder where the loader (ld.so) looks first. */
function addLibraries(root: string, debian: string, architecture: Architecture): void {
  const triplet = triplets[architecture]
  const wanted =
    /^(lib(c|m|dl|pthread|rt|gcc_s|stdc\+\+|cap-ng|selinux|pcre2-8|mount|blkid|smartcols|acl|attr)\.so|ld-linux)/
  for (const folder of [`lib/${triplet}`, `usr/lib/${triplet}`]) {
    for (const name of readdirSync(join(debian, folder)).filter((each) => wanted.test(each)))
      copy(join(debian, folder, name), join(root, 'lib', triplet, name))
  }
  const loader = { amd64: 'lib64/ld-linux-x86-64.so.2', arm64: 'lib/ld-linux-aarch64.so.1' }[architecture]
  symlinkSync(`/lib/${triplet}/${loader.split('/').at(-1) ?? ''}`, join(root, loader))
}

function addNode(root: string, architecture: Architecture): void {
  const arch = nodeArchitectures[architecture]
  copy(nodeBinary(NODE_MAJOR, arch), join(root, 'usr/bin/node'))
  const koffi = join(repository, 'node_modules/koffi')
  const modules = join(root, 'rawbpf/node_modules')
  copy(koffi, join(modules, 'koffi'))
  const { version } = JSON.parse(readFileSync(join(koffi, 'package.json'), 'utf8')) as { version: string }
  const name = `@koromix/koffi-linux-${arch}`
  copy(npmPackage(`koffi-${arch}`, name, version, arch), join(modules, name))
}

/** The newest bpftool, with libraries of its own suite: it is started by a script, since its loader is another. */
function addBpftool(root: string, architecture: Architecture): void {
  const sid = unpackSuite('sid', ['bpftool'], undefined, architecture).root
  const folder = `usr/lib/${triplets[architecture]}`
  for (const name of readdirSync(join(sid, folder)).filter((each) => /\.so(\.|$)/.test(each)))
    copy(join(sid, folder, name), join(root, 'opt/bpftool', name))
  copy(join(sid, 'usr/sbin/bpftool'), join(root, 'opt/bpftool/bpftool'))
  const loader =
    readdirSync(join(root, 'opt/bpftool')).find((name) => name.startsWith('ld-linux-')) ?? 'ld.so'
  const script = `#!/bin/sh\nexec /opt/bpftool/${loader} --library-path /opt/bpftool /opt/bpftool/bpftool "$@"\n`
  writeFileSync(join(root, 'usr/sbin/bpftool'), script, { mode: 0o755 })
}

function addCheckout(checkout: string, bundle: string): void {
  copy(bundle, join(checkout, 'bundle'))
  for (const place of ['bpf', 'dist', 'package.json', 'test/fixtures', 'test/golden'])
    copy(join(repository, place), join(checkout, place))
  const tsx = join(checkout, 'node_modules/tsx')
  mkdirSync(tsx, { recursive: true })
  writeFileSync(join(tsx, 'package.json'), '{ "name": "tsx", "type": "module", "exports": "./index.js" }\n')
  writeFileSync(join(tsx, 'index.js'), "import '../../bundle/test/vm/guest/tsx.js'\n")
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
}

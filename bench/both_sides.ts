/** Builds what reads records: an object, a program on libbpf that loads it, and a script on rawbpf that does. */
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const CLANGS = ['clang-19', 'clang']

/** The files of what was built. */
export interface BothSides {
  readonly object: string
  readonly libbpf: string
  readonly rawbpf: string
}

/** The sources, in this folder. */
export interface BothSources {
  /** Without `.bpf.c`, and without `.c`: the object and the program on libbpf. */
  readonly name: string
  readonly script: string
}

/** Builds into `buildFolder`; the reason where that cannot be. */
export function buildBothSides(
  { name, script }: BothSources,
  buildFolder: string,
): BothSides | { readonly missing: string } {
  const clang = CLANGS.find((command) => spawnSync(command, ['--version']).status === 0)
  if (clang === undefined) return { missing: `no ${CLANGS.join(' and no ')} is installed` }
  const built: BothSides = {
    object: join(buildFolder, `${name}.bpf.o`),
    libbpf: join(buildFolder, name),
    rawbpf: join(buildFolder, `${name}.js`),
  }
  const source = (file: string): string => join(import.meta.dirname, file)
  const multiarch = spawnSync('cc', ['-print-multiarch'], { encoding: 'utf8' }).stdout.trim()
  const toBpf = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-I', `/usr/include/${multiarch}`]
  execFileSync(clang, [...toBpf, '-c', source(`${name}.bpf.c`), '-o', built.object], { stdio: 'inherit' })
  const toHost = ['-O2', '-o', built.libbpf, source(`${name}.c`), '-lbpf', '-lelf', '-lz']
  execFileSync('cc', toHost, { stdio: 'inherit' })
  buildSync({
    entryPoints: [source(script)],
    outfile: built.rawbpf,
    bundle: true,
    external: ['koffi'],
    format: 'esm',
    target: 'node20',
    platform: 'node',
  })
  return built
}

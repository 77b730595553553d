import { build, type Plugin } from 'esbuild'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Where the checkout is in a guest, and in it what is compiled: `test/a.ts` becomes `bundle/test/a.js`. */
export const GUEST_ROOT = '/rawbpf'

const repository = join(import.meta.dirname, '../..')

/** What the guest itself runs. */
const GUEST_PROGRAMS = ['main', 'test_file', 'tsx', 'tsx_hooks'].map((name) => `test/vm/guest/${name}.ts`)

/** Tests that ask the kernel; everything else does the same on every kernel. */
const ASKS_THE_KERNEL =
  /from '[./]*(kernel\/require|kernel\/network_namespace|\.\/require|\.\.\/require|.*\/needs|\.\/needs|\w+_needs)\.ts'/

/**
 * Tests of options, printing, offline commands, builds, load and faults: they start many processes or load an object many times, which
 * takes an emulated processor minutes, and do the same on every kernel.
 */
const SAME_EVERYWHERE: readonly string[] = [
  'test/docs/write_a_tool.test.ts',
  'test/integration/bootstrap_command_line.test.ts',
  'test/integration/bootstrap_overload.test.ts',
  'test/integration/btf_dump_command_line.test.ts',
  'test/integration/build_command_line.test.ts',
  'test/integration/check_command_line.test.ts',
  'test/integration/help_command_line.test.ts',
  'test/integration/probes_command_line.test.ts',
  'test/integration/relocate_command_line.test.ts',
  'test/integration/run_source_command_line.test.ts',
  'test/kernel/faults.test.ts',
]

/** The test files that are run in guests, from the repository's root. */
export function guestTests(): readonly string[] {
  const tests = readdirSync(join(repository, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file}`)
    .filter((file) => !SAME_EVERYWHERE.includes(file))
    .filter((file) => ASKS_THE_KERNEL.test(readFileSync(join(repository, file), 'utf8')))
    .sort()
  return [...tests, 'test/vm/guest/oracle.ts', 'test/vm/guest/check.ts']
}

/**
 * Compiles the tests, what they start as processes of their own, and the guest's main program into `folder`, in modules that
 * share what they have in common.
 */
export async function bundleTests(folder: string, tests: readonly string[]): Promise<void> {
  const programs = [...new Set(tests.flatMap(programsOf))]
  const result = await build({
    absWorkingDir: repository,
    entryPoints: [...GUEST_PROGRAMS, 'src/cli.ts', ...tests, ...programs],
    outbase: '.',
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['koffi'],
    alias: { vitest: join(repository, 'test/vm/guest/vitest.ts') },
    // elfy and commander are CommonJS and ask for Node.js modules with require().
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'\nconst require = requireFrom(import.meta.url)",
    },
    logLevel: 'warning',
    plugins: [ownPlaces],
  })
  if (result.errors.length > 0) throw new Error('the tests could not be bundled')
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(tests))
}

/** Sources that a test names in a string, since it starts them: from the repository's root, or from its own folder. */
function programsOf(test: string): readonly string[] {
  const sources = [test, ...siblings(test)]
  return sources.flatMap((source) => {
    const text = readFileSync(join(repository, source), 'utf8').replace(/\bfrom '[^']*'/g, '')
    return [...text.matchAll(/['"]([\w./-]+\.ts)['"]/g)]
      .flatMap(([, name = '']) => [join('.', name), join(dirname(source), name)])
      .filter((path) => existsSync(join(repository, path)))
  })
}

/** What a test imports from its own folder may start programs, too. */
function siblings(test: string): readonly string[] {
  const text = readFileSync(join(repository, test), 'utf8')
  return [...text.matchAll(/from '(\.\/[\w./-]+\.ts)'/g)].map(([, name = '']) => join(dirname(test), name))
}

/** Sources find files by `import.meta`; it says where the source would be in the guest. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup(build) {
    build.onLoad({ filter: /\/(src|test)\/.*\.ts$/ }, ({ path }) => {
      const own = relative(repository, path)
      if (own.startsWith('node_modules')) return undefined
      const place = join(GUEST_ROOT, own)
      const contents = readFileSync(path, 'utf8')
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(place)))
        .replaceAll('import.meta.filename', JSON.stringify(place))
        .replaceAll('import.meta.url', JSON.stringify(`file://${place}`))
      return { contents, loader: 'ts' }
    })
  },
}

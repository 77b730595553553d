/**
 * Builds dist/: the library as an ES module, its declarations, and the command line.
 *
 * Both are bundles for start-up time alone: finding and linking a hundred small modules takes Node.js longer than it
 * takes the kernel to load a BPF object. The command line is CommonJS for the same reason: as an ES module it takes several
 * milliseconds more until its first line runs, half of them for a view of node:fs that has every export in it. Of its two
 * halves, each a program of its own, a process loads the one that is asked for. koffi stays outside: it finds its native half by
 * its own place.
 *
 *     npm run build             dist/
 *     npm run build -- FOLDER   another folder, which is emptied before
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build, type BuildOptions, type Plugin } from 'esbuild'

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: ['koffi'],
  // Constants of a module become literals where they are used; the ring buffer's loop is a third faster for it.
  minifySyntax: true,
  logLevel: 'warning',
}

const [folder = 'dist'] = process.argv.slice(2)

rmSync(folder, { recursive: true, force: true })
await build({
  ...common,
  // What the two entries share is in chunks beside them, so that they have the same classes.
  entryPoints: { index: 'src/index.ts', tool: 'src/tool/index.ts' },
  outdir: folder,
  splitting: true,
  format: 'esm',
  // elfy is CommonJS and asks for Node.js modules with require().
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'\nconst require = requireFrom(import.meta.url)",
  },
})

/** The scripts that cli.cjs loads one of: beside it, and not a part of it. */
const halves: Plugin = {
  name: 'halves of the command line',
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\/commands\/(tool_)?main\.ts$/ }, ({ path }) => ({
      path: `./${basename(path, '.ts')}.cjs`,
      external: true,
    }))
  },
}
await build({
  ...common,
  entryPoints: { cli: 'src/cli.ts', main: 'src/commands/main.ts', tool_main: 'src/commands/tool_main.ts' },
  plugins: [halves],
  outdir: folder,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  // Compiling what is executed once costs by the byte; names stay, so that stack traces can be read.
  minifyWhitespace: true,
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href" },
})
chmodSync(join(folder, 'cli.cjs'), 0o755)
const declarations = ['-p', 'tsconfig.build.json', '--outDir', join(folder, 'types')]
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', ...declarations], { stdio: 'inherit' })

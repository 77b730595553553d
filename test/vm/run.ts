/**
 * `npm run test:vm [-- GUEST... --tests REGEXP]`: boots Debian's kernels in qemu, one after the other, runs the tests that ask the kernel in
 * each, and prints what came of it. With --tests only files whose path matches. A run of all tests in all guests writes
 * docs/kernels.md.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { format, resolveConfig } from 'prettier'
import type { Architecture } from '../../scripts/debian-suite.ts'
import { bundleTests, guestTests } from './bundle.ts'
import { guestProgress } from './guest_progress.ts'
import { chooseGuests, type Guest, guests } from './guests.ts'
import { GuestResults } from './guest_results.ts'
import { makeKernelImage } from './kernel_image.ts'
import { oracleObjects } from './oracle_objects.ts'
import { boot, hasKvm, NEEDED_PROGRAMS } from './qemu.ts'
import { kernelsDocument, summary } from './report.ts'
import { makeRootImage } from './root_image.ts'

/** Seconds that one guest may take: some three times what it takes where nothing else runs. */
const TIME_LIMIT = 2400

const repository = join(import.meta.dirname, '../..')
const cache = join(repository, '.cache', 'vm')

function requirePrograms(): void {
  const missing = Object.entries(NEEDED_PROGRAMS).filter(
    ([program]) =>
      !(process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program))),
  )
  if (missing.length === 0) return
  throw new Error(
    `this needs ${missing.map(([program]) => program).join(', ')}: apt-get install ${missing.map(([, debian]) => debian).join(' ')}`,
  )
}

async function runGuest(guest: Guest, root: string): Promise<GuestResults> {
  const { release, kernel, archive } = makeKernelImage(guest)
  const initramfs = join(cache, guest.name, 'initramfs.cpio')
  writeFileSync(initramfs, Buffer.concat([readFileSync(root), readFileSync(archive)]))
  console.log(`\n== ${guest.name}: Linux ${release}, ${guest.architecture}`)
  const results = new GuestResults(guest, release)
  const progress = guestProgress(console.log)
  const { architecture, processor, kernelArguments } = guest
  const run = await boot(
    {
      architecture,
      processor,
      kernel,
      initramfs,
      console: join(cache, guest.name, 'console.log'),
      kernelArguments,
    },
    (line) => {
      results.add(line)
      progress(line)
    },
    TIME_LIMIT,
  )
  results.end(run)
  rmSync(initramfs)
  for (const line of results.complaints) console.log(`   ${line}`)
  return results
}

async function main(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...args],
    options: { tests: { type: 'string' } },
    allowPositionals: true,
  })
  requirePrograms()
  const chosen = chooseGuests(positionals)
  const tests = guestTests().filter((file) => new RegExp(values.tests ?? '').test(file))
  const started = performance.now()
  console.log(`accelerator: ${hasKvm() ? 'KVM' : 'none, the processor is emulated'}`)
  const bundle = join(cache, 'bundle')
  rmSync(bundle, { recursive: true, force: true })
  mkdirSync(bundle, { recursive: true })
  execFileSync('npm', ['run', 'build'], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] })
  await bundleTests(bundle, tests)
  const objects = oracleObjects()
  const roots = new Map<Architecture, string>()
  const all: GuestResults[] = []
  for (const guest of chosen) {
    const { architecture } = guest
    const root = roots.get(architecture) ?? makeRootImage(architecture, bundle, objects)
    roots.set(architecture, root)
    all.push(await runGuest(guest, root))
  }
  const seconds = (performance.now() - started) / 1000
  console.log(`\n${summary(all, seconds)}`)
  if (chosen.length === guests.length && values.tests === undefined) {
    const commit = execFileSync('git', ['log', '-1', '--format=%h'], {
      cwd: repository,
      encoding: 'utf8',
    }).trim()
    const document = kernelsDocument(all, { date: new Date(), seconds, commit })
    const path = join(repository, 'docs/kernels.md')
    writeFileSync(path, await format(document, { ...(await resolveConfig(path)), parser: 'markdown' }))
  }
  return all.every(({ isPassed }) => isPassed) ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))

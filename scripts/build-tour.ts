/**
 * Writes what commands print into the pages of docs/tour (tour-page.ts says how).
 *
 *     npm run build:tour              writes the blocks; as root also those that ask the running kernel
 *     npm run build:tour -- --check   compares them, and writes nothing
 *
 * With --unprivileged no kernel is asked, though it could be.
 *
 * What asks no kernel has to be the same to the byte on every machine. What asks one is compared where that can be asked, but for
 * its numbers, and only on a kernel of the version that it was made on: another version words things otherwise. What still holds is
 * kept as it is; to record a block on another kernel, delete it first.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, release } from 'node:os'
import { join } from 'node:path'
import { BPF_FS_PATH, isBpfFs } from '../src/kernel/bpffs.ts'
import { bundleCommandLine, outputOf } from './tour-commands.ts'
import {
  type Block,
  cutOutput,
  type Directive,
  parsePage,
  printPage,
  shapeOf,
  showsAll,
  TourError,
} from './tour-page.ts'

const tour = join(import.meta.dirname, '..', 'docs', 'tour')
export const languages = ['en', 'ko'] as const

/** `Linux 6.18.44, x64`, without what a distribution calls it. */
const running = `Linux ${/^\d+\.\d+(?:\.\d+)?/.exec(release())?.[0] ?? release()}, ${arch()}`

/** The paths of the pages of a language, in order. */
export function pagesOf(language: (typeof languages)[number]): readonly string[] {
  return readdirSync(join(tour, language))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => join(tour, language, name))
}

/** Both languages show the same: each output is had once. */
const shown = new Map<string, Promise<readonly string[]>>()

function keyOf({ asks, command, cuts, exitCode, meanwhile }: Directive): string {
  const patterns = cuts.map(({ from, to }) => [String(from), String(to)])
  return JSON.stringify([asks, command, exitCode, meanwhile, patterns])
}

function linesOf(directive: Directive): Promise<readonly string[]> {
  const key = keyOf(directive)
  const known = shown.get(key)
  if (known !== undefined) return known
  const isEnough = (output: string): boolean => showsAll(directive, output)
  const lines = outputOf(directive, isEnough).then((output) => cutOutput(directive, output))
  shown.set(key, lines)
  return lines
}

/** Whether programs can be loaded here. */
const canAsk =
  process.getuid?.() === 0 &&
  existsSync('/sys/kernel/btf/vmlinux') &&
  !process.argv.includes('--unprivileged')

async function rebuilt(block: Block): Promise<Block> {
  const { directive } = block
  if (directive.asks === 'nobody') return { directive, shown: await linesOf(directive), kernel: undefined }
  if (!canAsk) return block
  const lines = await linesOf(directive)
  return { directive, shown: lines, kernel: `${running}, ${new Date().toISOString().slice(0, 10)}` }
}

/** What is wrong with the block that a page has, if anything. */
function difference(page: Block, now: Block): string | undefined {
  const { command, line, asks } = page.directive
  if (asks === 'nobody')
    return same(page.shown, now.shown) ? undefined : `line ${line}: ${command} prints something else`
  if (page.kernel === undefined) return `line ${line}: it does not say which kernel was asked`
  if (!versionOf(page.kernel) || versionOf(page.kernel) !== versionOf(now.kernel ?? '')) return undefined
  const sameShape = shapeOf(page.shown) === shapeOf(now.shown)
  return sameShape ? undefined : `line ${line}: ${command} prints something else here, numbers aside`
}

function versionOf(kernel: string): string | undefined {
  return /^Linux \d+\.\d+/.exec(kernel)?.[0]
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.join('\n') === right.join('\n')
}

/** What was recorded of commands that ask the kernel, by their keys. */
const recordings = new Map<string, Block>()

/** A recording that still holds is kept, with its numbers; all pages that show a command have the same one. */
function recorded(page: Block, now: Block, wrong: string | undefined): Block {
  const key = keyOf(now.directive)
  const block = recordings.get(key) ?? (wrong === undefined ? page : now)
  recordings.set(key, block)
  return { ...block, directive: now.directive }
}

/** Rebuilds a page and returns what is wrong with it. */
async function buildPage(path: string, check: boolean): Promise<readonly string[]> {
  const text = readFileSync(path, 'utf8')
  const name = path.slice(tour.length + 1)
  try {
    const blocks: Block[] = []
    const found: string[] = []
    for (const part of parsePage(text)) {
      if (part.kind === 'text') continue
      const now = await rebuilt(part.block)
      const wrong = difference(part.block, now)
      blocks.push(
        part.block.kernel === undefined && now.kernel === undefined ? now : recorded(part.block, now, wrong),
      )
      if (wrong !== undefined) found.push(`${name}, ${wrong}`)
    }
    if (check) return found
    writeFileSync(path, printPage(text, blocks))
    return []
  } catch (error) {
    if (error instanceof TourError) return [`${name}, ${error.message}`]
    throw error
  }
}

async function main(args: readonly string[]): Promise<void> {
  const check = args.includes('--check')
  await bundleCommandLine()
  const hadBpfFs = isBpfFs(BPF_FS_PATH)
  const pages = languages.flatMap(pagesOf)
  const failures: string[] = []
  for (const page of pages) failures.push(...(await buildPage(page, check)))
  // `prog loadall` mounts one where there is none, and what it mounts stays.
  if (!hadBpfFs && isBpfFs(BPF_FS_PATH)) execFileSync('umount', [BPF_FS_PATH])
  for (const failure of failures) console.error(failure)
  if (failures.length > 0) {
    if (check) console.error('Run npm run build:tour.')
    process.exitCode = 1
    return
  }
  const asked = canAsk ? `asked ${running}` : 'what asks a kernel was left as it is, which takes root'
  console.log(`${pages.length} pages, ${shown.size} commands; ${asked}`)
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2))

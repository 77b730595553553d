/** Runs the commands that the tour shows: rawbpf's own, as it is in this repository, and od(1). */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { TourError, type Directive } from './tour-page.ts'

const repository = join(import.meta.dirname, '..')

/** Inside of the repository, where koffi and bpf/bootstrap.bpf.o are found. */
const bundle = join(repository, '.cache', 'tour', 'cli.cjs')

/** Makes one file of the command line, which starts in a fifth of the time. */
export async function bundleCommandLine(): Promise<void> {
  mkdirSync(join(repository, '.cache', 'tour'), { recursive: true })
  await build({
    entryPoints: [join(repository, 'src', 'cli.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['koffi'],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href" },
    logLevel: 'error',
  })
}

/** What a command wrote, and how it ended. */
export interface Result {
  /** With the errors in it where they are to be shown. */
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
}

/** Where a command runs, and until when. */
export interface Running {
  readonly cwd: string
  readonly errors: 'shown' | 'apart'
  /** What runs beside it. */
  readonly meanwhile: string | undefined
  /** Whether what is to be shown is there; then a command with a `meanwhile` is interrupted. */
  readonly isEnough: (output: string) => boolean
}

/** @throws TourError where it ends otherwise than the page says */
export async function outputOf(directive: Directive, isEnough: (output: string) => boolean): Promise<string> {
  const { words, errors } = readCommand(directive)
  const [name = '', ...args] = words
  if (name === 'od') return execFileSync('od', args, { cwd: repository, encoding: 'utf8' })
  if (name !== 'rawbpf') throw new TourError(`line ${directive.line}: ${name} is no command of the tour's`)
  const { meanwhile } = directive
  const result = await resultOf([process.execPath, bundle, ...args], {
    cwd: repository,
    errors,
    meanwhile,
    isEnough,
  })
  return checkedOutput(directive, result)
}

/** The words of a directive's command, and where its errors go. */
export function readCommand({ command }: Directive): {
  readonly words: readonly string[]
  readonly errors: Running['errors']
} {
  const words = command.replace(/ 2>&1$/, '').split(' ')
  return { words, errors: command.endsWith(' 2>&1') ? 'shown' : 'apart' }
}

/** @throws TourError where it ended otherwise than the page says */
export function checkedOutput({ command, exitCode, line }: Directive, result: Result): string {
  if (result.code === exitCode) return result.stdout
  const end = result.code ?? 'a signal'
  throw new TourError(`line ${line}: ${command} ends with ${end}, not ${exitCode}: ${result.stderr}`)
}

/** Milliseconds between two runs of what happens meanwhile, and how many there are at most. */
const PAUSE = 300
const MOST_RUNS = 100

/** Runs a command to its end. */
export function resultOf([file, ...args]: readonly [string, ...string[]], running: Running): Promise<Result> {
  const { cwd, errors, meanwhile, isEnough } = running
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    let timer: NodeJS.Timeout | undefined
    if (meanwhile !== undefined) {
      let runs = 0
      timer = setInterval(() => {
        if (!isEnough(stdout) && runs++ < MOST_RUNS) {
          runMeanwhile(meanwhile, cwd)
          return
        }
        // A second signal would end it at once.
        clearInterval(timer)
        child.kill('SIGINT')
      }, PAUSE)
    }
    const collect = (text: string): void => void (stdout += text)
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr
      .setEncoding('utf8')
      .on('data', errors === 'shown' ? collect : (text: string) => void (stderr += text))
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(timer)
      resolve({ stdout, stderr, code })
    })
  })
}

/** Without a shell around it, which would be among the processes that are shown. */
function runMeanwhile(command: string, cwd: string): void {
  const [file = '', ...args] = [...command.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word)
  spawn(file, args, { cwd, stdio: 'ignore' }).on('error', () => undefined)
}

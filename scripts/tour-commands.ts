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

/** What a command wrote to standard output, and how it ended. */
interface Result {
  readonly stdout: string
  readonly code: number | null
}

/** @throws TourError where it ends otherwise than the page says */
export async function outputOf(directive: Directive, isEnough: (output: string) => boolean): Promise<string> {
  const withErrors = directive.command.endsWith(' 2>&1')
  const [name = '', ...args] = directive.command.replace(/ 2>&1$/, '').split(' ')
  if (name === 'od') return execFileSync('od', args, { cwd: repository, encoding: 'utf8' })
  if (name !== 'rawbpf') throw new TourError(`line ${directive.line}: ${name} is no command of the tour's`)
  const { stdout, code } = await run(args, withErrors, directive.meanwhile, isEnough)
  if (code === directive.exitCode) return stdout
  throw new TourError(
    `line ${directive.line}: ${directive.command} ends with ${code ?? 'a signal'}, not ${directive.exitCode}`,
  )
}

/** Milliseconds between two runs of what happens meanwhile, and how many there are at most. */
const PAUSE = 300
const MOST_RUNS = 20

function run(
  args: readonly string[],
  withErrors: boolean,
  meanwhile: string | undefined,
  isEnough: (output: string) => boolean,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bundle, ...args], {
      cwd: repository,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let timer: NodeJS.Timeout | undefined
    if (meanwhile !== undefined) {
      let runs = 0
      timer = setInterval(() => {
        if (isEnough(stdout) || runs++ === MOST_RUNS) child.kill('SIGINT')
        else runMeanwhile(meanwhile)
      }, PAUSE)
    }
    const collect = (text: string): void => void (stdout += text)
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', withErrors ? collect : () => undefined)
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(timer)
      resolve({ stdout, code })
    })
  })
}

/** Without a shell around it, which would be among the processes that are shown. */
function runMeanwhile(command: string): void {
  const [file = '', ...args] = [...command.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word)
  spawn(file, args, { stdio: 'ignore' }).on('error', () => undefined)
}

import { RunError } from '../../run/run_error.ts'

/** How clang ended. */
export interface ClangEnding {
  /** Undefined where it did well. */
  readonly failure: string | undefined
  /** What it wrote to standard output. */
  readonly output: Uint8Array
  /** What it said on standard error. */
  readonly said: string
  /** What was run. */
  readonly command: readonly string[]
}

/**
 * Runs the compiler: $CLANG, or clang from the PATH.
 *
 * @throws RunError 'BUILD_NO_CLANG'
 */
export async function runClang(source: string, args: readonly string[]): Promise<ClangEnding> {
  const chosen = process.env['CLANG'] ?? ''
  const clang = chosen === '' ? 'clang' : chosen
  // Every command would pay a millisecond for it.
  const { spawn } = await import('node:child_process')
  return await new Promise((resolve, reject) => {
    const child = spawn(clang, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const output: Buffer[] = []
    let said = ''
    child.stdout.on('data', (bytes: Buffer) => {
      output.push(bytes)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.on('error', (cause) => {
      reject(noClang(source, clang, cause))
    })
    child.on('close', (code, signal) => {
      const failure = signal ?? `exit code ${String(code)}`
      resolve({
        failure: code === 0 ? undefined : failure,
        output: Buffer.concat(output),
        said,
        command: [clang, ...args],
      })
    })
  })
}

function noClang(source: string, clang: string, cause: NodeJS.ErrnoException): RunError {
  const isMissing = cause.code === 'ENOENT'
  const found = isMissing ? `there is no ${clang}${clang === 'clang' ? ' on the PATH' : ''}` : cause.message
  const message =
    `cannot compile ${source}: ${found}; install clang 11 or later (the package clang of Debian, Ubuntu, Fedora and others), ` +
    'or set CLANG to where it is'
  return new RunError('BUILD_NO_CLANG', message, { object: source, cause })
}

import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { typescriptArguments } from './tracer.ts'
import { type Job, shell, times, TRUE } from './workload.ts'

/** Signals whose default is to end the process (signal(7)); 34 to 64 are the real-time ones that the C library leaves. */
const FATAL_SIGNALS = [...range(1, 16), ...range(24, 27), ...range(29, 31), ...range(34, 64)]

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

export function everyExitCode(): readonly Job[] {
  return range(0, 255).map((code) => shell(`exit ${code}`, { end: { exit_code: code } }))
}

export function everyFatalSignal(): readonly Job[] {
  return FATAL_SIGNALS.map((signal) => shell(`ulimit -c 0; kill -${signal} $$`, { end: { signal } }))
}

/** Killed from outside. */
export function killedSleepers(): readonly Job[] {
  const sleep = { file: '/bin/sleep', args: ['100'] }
  return [
    { ...sleep, killedBy: 'SIGTERM', end: { signal: 15 } },
    { ...sleep, killedBy: 'SIGKILL', end: { signal: 9 } },
    { ...sleep, killedBy: 'SIGUSR1', end: { signal: 10 } },
  ]
}

/** Executables below `folder` whose names need care, and what runs them. */
export function strangeNames(folder: string): readonly Job[] {
  const names = [
    'fifteen_bytes_x',
    'sixteen_bytes_xx',
    'a name with spaces',
    ` leading and trailing `,
    `quotes "'\``,
    'back\\slash',
    'new\nline\tand\u001b[31m',
    'ünïcödé-日本語-🐝',
    // The 15th byte is the first of a character of two.
    'fourteen_bytesé',
    '{"json":1}',
    '%s%n%d',
    '-n',
  ]
  const links = names.map((name) => linkTo('/bin/true', join(folder, name)))
  const lengths = [126, 127, 128, 129, 200, 255, 1000].map((bytes) => copyOfTrue(pathOfBytes(folder, bytes)))
  // The 127th byte is the first of a character of two.
  const halved = linkTo('/bin/true', `${pathOfBytes(folder, 126)}é`)
  return [...links, ...lengths, halved, script(join(folder, 'a script.sh'), 5)]
}

function linkTo(target: string, file: string): Job {
  symlinkSync(target, file)
  return { file }
}

function copyOfTrue(file: string): Job {
  mkdirSync(dirname(file), { recursive: true })
  copyFileSync('/bin/true', file)
  return { file }
}

/** The kernel runs the interpreter, and the process is called after the script. */
function script(file: string, code: number): Job {
  writeFileSync(file, `#!/bin/sh\nexit ${code}\n`, { mode: 0o755 })
  return { file, end: { exit_code: code } }
}

/** A path below `folder` that is `bytes` long. */
function pathOfBytes(folder: string, bytes: number): string {
  let path = folder
  while (bytes - path.length > 200) path += `/${'d'.repeat(100)}`
  return `${path}/${'f'.repeat(bytes - path.length - 1)}`
}

/**
 * A file name that is no UTF-8. Node.js cannot start it, for it takes text only, so that a shell does; what is not UTF-8
 * shows as U+FFFD.
 */
export function invalidUtf8Name(folder: string): Job {
  symlinkSync('/bin/true', Buffer.from(`${folder}/bad\xff\xfe\x80`, 'latin1'))
  return {
    ...shell(`exec "$1/$(printf 'bad\\377\\376\\200')"`),
    args: ['-c', `exec "$0/$(printf 'bad\\377\\376\\200')"`, folder],
    execs: ['/bin/sh', `${folder}/bad\ufffd\ufffd\ufffd`],
  }
}

/** One process, three programs. */
export const execTwice: Job = shell(`exec /bin/sh -c 'exec /bin/true'`, {
  execs: ['/bin/sh', '/bin/sh', '/bin/true'],
})

export const renamesItself: Job = shell('printf renamed >/proc/$$/comm; exit 3', {
  endsAs: 'renamed',
  end: { exit_code: 3 },
})

/** Processes of two threads and more, each ending in another way (workload/threads.ts). */
export function withThreads(): readonly Job[] {
  // Newer ones rename their first thread.
  const endsAs = execFileSync(process.execPath, ['-p', 'fs.readFileSync("/proc/self/comm", "utf8")'], {
    encoding: 'utf8',
  }).trim()
  const job = (way: string): Job => ({ file: process.execPath, args: threadArguments(way), endsAs })
  return [
    { ...job('exit-7'), end: { exit_code: 7 } },
    { ...job('kill'), end: { signal: 9 } },
    { ...job('segv'), end: { signal: 11 } },
  ]
}

/** Where the thread that ends or calls exec(2) is not the one that the process began with. */
export function withUnusualThreads(): readonly Job[] {
  const file = process.execPath
  const [{ endsAs }] = withThreads() as readonly [Job, ...Job[]]
  return [
    {
      file,
      args: threadArguments('first-thread-ends-first'),
      end: { exit_code: 42 },
      ...(endsAs === undefined ? {} : { endsAs }),
    },
    { file, args: threadArguments('exec-in-second-thread'), execs: [file, '/bin/true'] },
  ]
}

function threadArguments(way: string): readonly string[] {
  return [...typescriptArguments, join(import.meta.dirname, 'workload/threads.ts'), way]
}

/** Some 150 processes, of every sort that is here. */
export function everySort(folder: string): readonly Job[] {
  return [
    ...everyFatalSignal(),
    ...withThreads(),
    ...killedSleepers(),
    ...strangeNames(folder),
    invalidUtf8Name(folder),
    execTwice,
    renamesItself,
    ...[1, 2, 127, 128, 255].map((code) => shell(`exit ${code}`, { end: { exit_code: code } })),
    ...times(50, TRUE),
  ]
}

/** 2,000 processes and some, of every sort that is here. */
export function twoThousand(folder: string): readonly Job[] {
  const names = strangeNames(folder)
  const invalid = invalidUtf8Name(folder)
  return [
    ...everyExitCode(),
    ...everyFatalSignal(),
    ...withThreads(),
    ...times(20, killedSleepers()).flat(),
    ...times(5, names).flat(),
    ...times(5, invalid),
    ...times(25, execTwice),
    ...times(25, renamesItself),
    ...everyExitCode(),
    ...everyFatalSignal(),
    ...withThreads(),
    ...times(200, { file: '/bin/false', end: { exit_code: 1 } }),
    ...times(1000, TRUE),
  ]
}

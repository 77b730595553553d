import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Architecture } from '../../scripts/debian-suite.ts'
import type { GuestLine } from './guest/results.ts'

/** What qemu is given to boot. */
export interface Machine {
  readonly architecture: Architecture
  /** qemu's name of the processor to emulate. */
  readonly processor: string
  readonly kernel: string
  /** The archive of the first file system. */
  readonly initramfs: string
  /** The file that gets what the guest prints on its console. */
  readonly console: string
  readonly kernelArguments: readonly string[]
}

/** How a guest's run ended. */
export interface Run {
  /** Seconds from qemu's start to its end. */
  readonly seconds: number
  /** Undefined where the guest rebooted, as it should; otherwise what ended it. */
  readonly failure: string | undefined
  /** The console's last lines. */
  readonly consoleTail: readonly string[]
}

const TAIL_LINES = 30

/** The emulated boards: those with the fewest devices that can end by themselves. */
const boards = {
  amd64: {
    program: 'qemu-system-x86_64',
    board: 'q35',
    results: ['-device', 'isa-serial,chardev=console', '-device', 'isa-serial,chardev=results'],
    kernelArguments: ['console=ttyS0', 'rawbpf.results=ttyS1', 'mitigations=off', 'nokaslr'],
  },
  arm64: {
    program: 'qemu-system-aarch64',
    board: 'virt',
    results: ['-serial', 'chardev:console', '-device', 'pci-serial,chardev=results'],
    kernelArguments: ['console=ttyAMA0', 'rawbpf.results=ttyS0', 'mitigations=off', 'nokaslr'],
  },
} as const

/** The programs that a run needs of this machine, and Debian's packages of them. */
export const NEEDED_PROGRAMS = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-system-aarch64': 'qemu-system-arm',
  cpio: 'cpio',
} as const

/** Whether this machine's processor can run guests of its own architecture: then they run at nearly its own speed. */
export function hasKvm(read: (path: string) => string = (path) => readFileSync(path, 'utf8')): boolean {
  // /dev/kvm alone does not tell: a nested hypervisor may offer it without the processor's help, and hang.
  return process.arch === 'x64' && /^flags\s*:.*\b(vmx|svm)\b/m.test(read('/proc/cpuinfo'))
}

/** The command line of qemu. */
export function qemuCommand(
  { architecture, processor, kernel, initramfs, console, kernelArguments }: Machine,
  accelerator: 'kvm' | 'tcg',
): readonly [string, ...string[]] {
  const board = boards[architecture]
  const isKvm = accelerator === 'kvm' && architecture === 'amd64'
  return [
    board.program,
    ...['-accel', isKvm ? 'kvm' : 'tcg'],
    ...['-M', board.board, '-cpu', isKvm ? 'host' : processor],
    // One processor: emulating a second one on two cores costs more than it brings. No network, no disks.
    ...['-smp', '1', '-m', '2048', '-nodefaults', '-no-reboot', '-display', 'none'],
    ...['-chardev', `file,id=console,path=${console}`, '-chardev', 'stdio,id=results,signal=off'],
    ...board.results,
    ...['-kernel', kernel, '-initrd', initramfs],
    '-append',
    [...board.kernelArguments, 'panic=-1', 'loglevel=4', ...kernelArguments].join(' '),
  ]
}

/**
 * Boots a machine and waits for its end.
 *
 * @param onLine Called with each line of results as it comes.
 * @param timeLimit Seconds after which the machine is switched off.
 */
export async function boot(
  machine: Machine,
  onLine: (line: GuestLine) => void,
  timeLimit: number,
): Promise<Run> {
  const [file, ...args] = qemuCommand(machine, hasKvm() ? 'kvm' : 'tcg')
  const started = performance.now()
  const qemu = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const complaints: string[] = []
  const seen = { ended: false, tooLong: false }
  const results = readLines(qemu.stdout, (text) => {
    const line = JSON.parse(text) as GuestLine
    seen.ended ||= line.kind === 'ended'
    onLine(line)
  })
  const errors = readLines(qemu.stderr, (line) => complaints.push(line))
  const timer = setTimeout(() => {
    seen.tooLong = true
    qemu.kill('SIGKILL')
  }, timeLimit * 1000)
  const status = await new Promise<number | null>((resolve, reject) => {
    qemu.on('error', reject).on('close', resolve)
  })
  clearTimeout(timer)
  await Promise.all([results, errors])
  const failure = seen.tooLong
    ? `it ran for longer than ${timeLimit} s`
    : status !== 0
      ? `qemu ended with ${status}`
      : seen.ended
        ? undefined
        : 'it rebooted before its suite had ended'
  const printed = existsSync(machine.console) ? readFileSync(machine.console, 'utf8').split(/\r?\n/) : []
  const consoleTail = [...printed.slice(-TAIL_LINES), ...complaints]
  return { seconds: (performance.now() - started) / 1000, failure, consoleTail }
}

async function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => unknown): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) onLine(line)
}

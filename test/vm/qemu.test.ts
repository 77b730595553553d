import { describe, expect, it } from 'vitest'
import { hasKvm, type Machine, qemuCommand } from './qemu.ts'

const machine = (architecture: Machine['architecture']): Machine => ({
  architecture,
  processor: 'max,-cx16',
  kernel: 'kernel',
  initramfs: 'initramfs.cpio',
  console: 'console.log',
  kernelArguments: ['lsm=bpf'],
})

describe('qemuCommand', () => {
  it('emulates the processor that is asked for where there is no KVM', () => {
    const command = qemuCommand(machine('amd64'), 'tcg')
    expect(command[0]).toBe('qemu-system-x86_64')
    expect(command.join(' ')).toContain('-accel tcg')
    expect(command).toContain('max,-cx16')
    expect(command.at(-1)).toMatch(/console=ttyS0 rawbpf\.results=ttyS1 .*lsm=bpf$/)
  })

  it('uses KVM for the own architecture only', () => {
    expect(qemuCommand(machine('amd64'), 'kvm').join(' ')).toContain('-accel kvm -M q35 -cpu host')
    expect(qemuCommand(machine('arm64'), 'kvm').join(' ')).toContain('-accel tcg -M virt')
  })
})

describe('hasKvm', () => {
  it.skipIf(process.arch !== 'x64').each([
    ['flags\t\t: fpu vmx sse', true],
    ['flags\t\t: fpu svm sse', true],
    ['flags\t\t: fpu sse svm_lock', false],
    ['', false],
  ])('of a processor that says %j is %s', (text, expected) => {
    expect(hasKvm(() => text)).toBe(expected)
  })
})

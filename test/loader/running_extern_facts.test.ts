import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { runningExternFacts } from '../../src/loader/running_extern_facts.ts'
import type { ExternFacts } from '../../src/relocate/extern_facts.ts'
import { smallKernel } from '../relocate/small_kernel.ts'
import { BpfKernel, refuse } from './bpf_kernel.ts'

const files = { '/proc/kallsyms': '1 T schedule\n', '/proc/config.gz': 'CONFIG_HZ=250\n' }

const factsOf = (kernel: BpfKernel, given?: string | Uint8Array): ExternFacts =>
  runningExternFacts(() => kernel, smallKernel, given, undefined)

const configsOf = ({ kernelConfig = [] }: ExternFacts): unknown => kernelConfig.map((read) => read())

describe('runningExternFacts', () => {
  it('reads what the kernel tells of itself, and nothing before it is asked', () => {
    const kernel = new BpfKernel({})
    const facts = factsOf(kernel)
    expect(kernel.programs).toEqual([])
    expect(factsOf(new BpfKernel(files)).kallsyms?.()).toBe(files['/proc/kallsyms'])
    expect(facts.kernelVersion?.()).toBeGreaterThan(0x05_08_00)
    expect(facts.hasBpfCookie?.()).toBe(true)
    expect(facts.hasSyscallWrapper?.()).toBe(false)
  })

  it('takes what could not be asked for what is not there, as libbpf does', () => {
    const kernel = new BpfKernel({})
    kernel.answers.BPF_PROG_LOAD = refuse('BPF_PROG_LOAD', 1)
    expect(factsOf(kernel).hasBpfCookie?.()).toBe(false)
  })

  it('puts a configuration that is given before the kernel’s, compressed or not', () => {
    const name = 'the configuration that was given'
    const own = { name: '/proc/config.gz', text: files['/proc/config.gz'] }
    const kernel = new BpfKernel(files)
    expect(configsOf(factsOf(kernel))).toEqual([own])
    expect(configsOf(factsOf(kernel, 'CONFIG_A=y'))).toEqual([{ name, text: 'CONFIG_A=y' }, own])
    expect(configsOf(factsOf(kernel, gzipSync('CONFIG_A=y')))).toEqual([{ name, text: 'CONFIG_A=y' }, own])
  })
})

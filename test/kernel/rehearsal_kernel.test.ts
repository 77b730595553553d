import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { readTracepointId } from '../../src/kernel/tracefs.ts'
import { readWholeFile } from '../../src/kernel/whole_file.ts'
import { RehearsalKernel } from '../../src/kernel/rehearsal_kernel.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadStep } from '../../src/loader/steps.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { runningTypes } from '../../src/commands/target_types.ts'
import { assumeKernelTypes } from '../../src/loader/target_btf.ts'
import { perfLinkTest } from './features.ts'

describe('a rehearsal kernel', () => {
  it('gives the lowest descriptor that is free, and takes it back once', () => {
    const kernel = new RehearsalKernel(() => false)
    const [first, second] = [kernel.socket(), kernel.perfEventOpen()]
    expect([first, second]).toEqual([3, 4])
    kernel.close(first)
    expect(kernel.pidfdOpen()).toBe(3)
    kernel.close(fdNumber(3))
    expect(() => {
      kernel.close(fdNumber(3))
    }).toThrow('EBADF')
  })

  it('reads the files that it may, and knows no others', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rawbpf-rehearsal-'))
    try {
      const path = join(folder, 'file')
      writeFileSync(path, 'content')
      const reads = new RehearsalKernel((asked) => asked === path)
      expect(new TextDecoder().decode(readWholeFile(reads, path, 100))).toBe('content')
      expect(() => readWholeFile(reads, join(folder, 'other'), 100)).toThrow('ENOENT')
      const blind = new RehearsalKernel(() => false)
      expect(() => readWholeFile(blind, path, 100)).toThrow('ENOENT')
      const willing = new RehearsalKernel(() => true)
      expect(() => readWholeFile(willing, join(folder, 'none'), 100)).toThrow('ENOENT')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('has every tracepoint', () => {
    expect(readTracepointId(new RehearsalKernel(() => false), 'sched', 'anything')).toBe(1)
  })
})

/** What bpf(2) and perf_event_open(2) were asked, but for the two that depend on what else runs here. */
function calls(steps: readonly LoadStep[]): readonly string[] {
  return steps.flatMap((step) => {
    if (step.kind !== 'syscall' || (step.syscall !== 'bpf' && step.syscall !== 'perf_event_open')) return []
    const asksForOthers =
      step.command?.startsWith('BPF_BTF_GET') === true || step.command === 'BPF_OBJ_GET_INFO_BY_FD'
    return asksForOthers ? [] : [`${step.syscall} ${step.command ?? ''} ${step.attrSize}`]
  })
}

function loadCalls(options: Parameters<typeof loadObject>[1]): readonly string[] {
  const steps: LoadStep[] = []
  const spec = parseObject(readFileSync('bpf/bootstrap.bpf.o'), 'bootstrap.bpf.o')
  using object = loadObject(spec, { ...options, observer: (step) => steps.push(step) })
  object.attach()
  return calls(steps)
}

describe('a load that is rehearsed', () => {
  perfLinkTest('issues the calls of a real one, in their order and with attrs of their size', () => {
    const rehearsal = new RehearsalKernel(() => true)
    const types = runningTypes()
    assumeKernelTypes(rehearsal, { vmlinux: types.targetBtf, modules: () => [] })
    const rehearsed = loadCalls({ kernel: rehearsal })
    expect(rehearsed).toContain('bpf BPF_LINK_CREATE 12')
    expect(rehearsed).toEqual(loadCalls({}))
  })
})

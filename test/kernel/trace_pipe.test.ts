import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { parseTraceLine } from '../../src/tool/trace_line.ts'
import { bpf_func_id } from '../../src/abi/generated/bpf.ts'
import * as asm from '../../src/insn/assemble.ts'
import { BPF_ADD, BPF_W } from '../../src/insn/opcodes.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { TracePipe } from '../../src/ringbuf/trace_pipe.ts'
import { writeObject } from '../object/object_writer.ts'
import { recordingKernel } from './recording_kernel.ts'
import { kernelTest } from './require.ts'

const traceTest = kernelTest('the trace of tracefs', () => {
  TracePipe.open(openKernel()).close()
  return undefined
})

const FORMAT = 'rawbpf %d\n\0\0'
const FORMAT_SIZE = 11

/** A socket filter that prints the length of its packet. */
function load(): LoadedObject {
  const words = new Uint32Array(new TextEncoder().encode(FORMAT).buffer)
  const insns = [
    asm.loadMem(BPF_W, 3, 1, 0),
    ...[...words].map((word, index) => asm.storeImm(BPF_W, 10, -12 + 4 * index, word | 0)),
    asm.movReg(1, 10),
    asm.aluImm(BPF_ADD, 1, -12),
    asm.movImm(2, FORMAT_SIZE),
    asm.call(bpf_func_id.BPF_FUNC_trace_printk),
    asm.exit(),
  ]
  const bytes = writeObject({ programs: [{ name: 'print', section: 'socket', insns }] })
  return loadObject(parseObject(bytes, 'print.bpf.o'))
}

/** Not what other tests print at the same time. */
const base = 1000 + (process.pid % 500)

function isOurs(text: string): boolean {
  const value = Number(/^rawbpf (\d+)$/.exec(text)?.[1])
  return value >= base && value < base + 20
}

describe('the trace of the real kernel', () => {
  traceTest('has what programs print, as it comes, and leaves nothing behind', async () => {
    const recording = recordingKernel(openKernel())
    using object = load()
    {
      using pipe = TracePipe.open(recording.kernel)
      const controller = new AbortController()
      const seen: string[] = []
      const reading = (async () => {
        for await (const line of pipe.lines({ signal: controller.signal })) {
          const event = parseTraceLine(line)
          if (event?.event === 'bpf_trace_printk' && isOurs(event.text)) seen.push(event.text)
        }
      })()
      const expected: string[] = []
      for (let turn = 0; turn < 20; turn++) {
        if (turn % 2 === 0) await sleep(1)
        object.program('print').testRun({ dataIn: new Uint8Array(14 + base + turn) })
        expected.push(`rawbpf ${base + turn}`)
      }
      for (let turn = 0; turn < 200 && seen.length < 20; turn++) await sleep(10)
      controller.abort()
      await reading
      expect(seen).toEqual(expected)
    }
    expect(recording.openDescriptors().size).toBe(0)
    expect(recording.polls()).toBe(0)
  })
})

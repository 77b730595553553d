import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { at } from '../core/members.ts'

/**
 * A target with the types that bpf/bootstrap.bpf.c asks a kernel for. Every field has another place than in the object's
 * own types, and one that no other field has.
 */
export function smallKernel(): Btf {
  const builder = new BtfBuilder()
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  const u32 = builder.addInt('unsigned int', 4)
  const bool = builder.addInt('_Bool', 1, { encoding: 'bool' })
  const comm = builder.addArray(builder.addInt('char', 1, { encoding: 'signed' }), int, 16)
  const signal = builder.addStruct('signal_struct', 40, [
    at(32, 'group_exit_code', int),
    at(36, 'flags', u32),
  ])
  const signalPtr = builder.addPtr(signal)
  const taskPtr = builder.addPtr(typeId(builder.nextId + 1))
  builder.addStruct('task_struct', 160, [
    at(64, 'exit_code', int),
    at(72, 'tgid', int),
    at(80, 'real_parent', taskPtr),
    at(88, 'group_leader', taskPtr),
    at(96, 'comm', comm),
    at(128, 'signal', signalPtr),
  ])
  builder.addStruct('trace_event_raw_sched_process_exit', 32, [at(28, 'group_dead', bool)])
  builder.addStruct('trace_event_raw_sched_process_exec', 32, [at(8, '__data_loc_filename', u32)])
  return Btf.parse(builder.finish({ endianness: 'little' }), { name: 'small kernel' })
}

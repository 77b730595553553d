import { bpf_func_id, bpf_prog_type } from '../../abi/generated/bpf.ts'
import { cString } from '../../abi/object_name.ts'
import { VOID } from '../../base/units.ts'
import { BtfBuilder } from '../../btf/encoder.ts'
import { assemble, call, callSubprogram, exit } from '../../insn/assemble.ts'
import { INSN_SIZE } from '../../insn/opcodes.ts'
import { loadBtf, loadProgram } from '../bpf_calls.ts'
import type { Kernel } from '../kernel.ts'
import { probe, THERE, type ProbeOutcome } from './probe.ts'

/**
 * Whether the verifier reads `__arg_ctx`: Linux 6.8. A global function calls a helper that wants the context with a
 * parameter that is one by its tag alone (as `probe_kern_arg_ctx_tag` of libbpf's src/features.c asks). Older kernels refuse
 * the tag or the call.
 */
export const readsContextTags = probe(['EINVAL', 'EACCES'], ask)

function ask(kernel: Kernel): ProbeOutcome {
  const { btf, program, subprogram } = types()
  const insns = assemble([callSubprogram(1), exit(), call(bpf_func_id.BPF_FUNC_get_func_ip), exit()])
  using loaded = loadBtf(kernel, { btf, btf_size: btf.length })
  loadProgram(kernel, {
    prog_type: bpf_prog_type.BPF_PROG_TYPE_KPROBE,
    insn_cnt: insns.length / INSN_SIZE,
    insns,
    license: cString('GPL'),
    prog_btf_fd: loaded.fd,
    func_info_rec_size: 8,
    func_info: new Uint8Array(Uint32Array.of(0, program, 2, subprogram).buffer),
    func_info_cnt: 2,
  }).close()
  return THERE
}

/** `int program(void *ctx)` and `int subprogram(void *ctx __arg_ctx)`. */
function types(): { readonly btf: Uint8Array; readonly program: number; readonly subprogram: number } {
  const builder = new BtfBuilder()
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  const proto = builder.addFuncProto(int, [{ name: 'ctx', type: builder.addPtr(VOID) }])
  const program = builder.addFunc('program', proto, 'global')
  const subprogram = builder.addFunc('subprogram', proto, 'global')
  builder.addDeclTag('arg:ctx', subprogram, 0)
  return { btf: builder.finish({ endianness: 'little' }), program, subprogram }
}

/** What a header of types begins with, as `bpftool btf dump format c` of version 7.8 has it. */
export const HEADER_START = `#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif

#ifndef __weak
#define __weak __attribute__((weak))
#endif

#ifndef __bpf_fastcall
#if __has_attribute(bpf_fastcall)
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif
#endif

`

/** What stands around the prototypes of kernel functions. */
export const FUNCTIONS_START = `
/* BPF kfuncs */
#ifndef BPF_NO_KFUNC_PROTOTYPES
`
export const FUNCTIONS_END = `#endif

`

export const HEADER_END = `#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
`

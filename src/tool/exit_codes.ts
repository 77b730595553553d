/**
 * How rawbpf ends. 64 is EX_USAGE of sysexits.h, which argp_usage(3) uses too; 77 is its EX_NOPERM.
 */
export const exitCodes = { ok: 0, failed: 1, usage: 64, notPermitted: 77 } as const

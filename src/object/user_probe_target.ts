/** Where in user space a program can be attached to: the targets of uprobes and USDT probes. */
export type UserProbeTarget =
  UprobeTarget | UretprobeTarget | UprobeMultiTarget | UretprobeMultiTarget | UprobeSessionTarget | UsdtTarget

/** A program or library, and the processes that have it mapped. */
interface InExecutable {
  /**
   * A path; or the name of a library (`libc.so.6`) or program (`bash`), which is looked for in the usual folders; or a library
   * that is stored in an archive, as `/data/app/base.apk!/lib/arm64-v8a/libx.so`.
   */
  readonly path: string
  /** The process that is watched; `process.pid` is this one. Default: all that there are and will be. */
  readonly pid?: number | undefined
}

/** A place in an executable: a function, an offset in it, or an offset of the file. */
export interface UserPlace {
  /**
   * As the symbol tables have it: `malloc`, or `pthread_create@GLIBC_2.34` with a version. Without one, `offset` counts from
   * the start of the file.
   */
  readonly function?: string | undefined
  /** Bytes from the start of the function. Default 0. */
  readonly offset?: number | undefined
  /**
   * Where in the file a 16-bit counter is that the kernel keeps above 0 while the program is attached, in bytes: a USDT
   * semaphore (Linux 4.20). Default: there is none.
   */
  readonly referenceCounter?: number | undefined
  /** 64 bits that the program gets from bpf_get_attach_cookie() where it runs for this place (Linux 5.15). Default 0. */
  readonly cookie?: bigint | undefined
}

/** An instruction in a program or library. */
export interface UprobeTarget extends InExecutable, UserPlace {
  readonly kind: 'uprobe'
}

/** The return from a function that begins at the place. */
export interface UretprobeTarget extends InExecutable, UserPlace {
  readonly kind: 'uretprobe'
}

/** Many places of one executable, by one link (Linux 6.6): those that are listed, or the functions that match a pattern. */
type ManyPlaces = InExecutable &
  (
    | { readonly places: readonly UserPlace[]; readonly pattern?: undefined }
    /** A shell's pattern of `*` and `?` for names of functions. */
    | { readonly pattern: string; readonly places?: undefined }
  )

/** Many instructions. */
export type UprobeMultiTarget = ManyPlaces & { readonly kind: 'uprobe.multi' }

/** The returns from many functions. */
export type UretprobeMultiTarget = ManyPlaces & { readonly kind: 'uretprobe.multi' }

/** Entries of many functions, and their returns where the program answered 0 to the entry (Linux 6.13). */
export type UprobeSessionTarget = ManyPlaces & { readonly kind: 'uprobe.session' }

/** A USDT probe: a place that the author of an executable has marked, by <sys/sdt.h> or something like it. */
export interface UsdtTarget extends InExecutable {
  readonly kind: 'usdt'
  readonly provider: string
  readonly name: string
  /** What bpf_usdt_cookie() of <bpf/usdt.bpf.h> gives. Default 0. */
  readonly cookie?: bigint | undefined
}

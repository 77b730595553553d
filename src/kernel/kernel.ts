import type { EncodedAttr } from '../abi/encoded_attr.ts'
import type { Fd } from '../base/units.ts'

/**
 * The kernel as rawbpf sees it: one method per system call. `linux.ts` issues them; tests put a recording or a failing
 * kernel in its place. Every method throws a `SyscallError` with the call's name and the errno's name when the kernel
 * answers with an error, and every descriptor that it returns is close-on-exec.
 */
export interface Kernel {
  /** Bytes. */
  readonly pageSize: number

  /**
   * bpf(2). `attr` is the encoded attr of `command` (a `BPF_*` command number); fields that the kernel writes are found
   * in `attr.bytes` afterwards. The result is what the kernel returned: a descriptor or 0.
   */
  bpf(command: number, attr: EncodedAttr): number
  /**
   * bpf(2) for an attr that is used again and again: the addresses of its buffers are taken once. Between calls the caller
   * changes what lies in the buffers and in the fields of `attr.bytes`, pointers excepted.
   */
  prepareBpf(command: number, attr: EncodedAttr): PreparedBpf
  /** perf_event_open(2). `pid` -1 is every process, `cpu` -1 every cpu. */
  perfEventOpen(attr: EncodedAttr, pid: number, cpu: number, groupFd: number, flags: number): Fd
  /** ioctl(2) with an integer argument. */
  ioctl(fd: Fd, request: number, argument: number): number
  /** mmap(2), at an address of the kernel's choice unless the request has one. */
  mmap(fd: Fd, request: MmapRequest): Mapping
  close(fd: Fd): void
  /** close(2) on a thread of its own, for descriptors whose release waits (perf links wait for an RCU grace period). */
  closeAsync(fd: Fd): Promise<void>
  /**
   * Calls `onReady` from the event loop, never from within this call, whenever poll(2) says that one of `descriptors` is
   * what `interest` says. However many there are, they share one epoll descriptor.
   */
  poll(descriptors: readonly Fd[], onReady: () => void, interest?: PollInterest): PollHandle

  open(path: string, flags: number): Fd
  openat(directory: Fd, path: string, flags: number): Fd
  /** read(2) into `buffer`; the result counts the bytes, 0 at the end of the file. */
  read(fd: Fd, buffer: Uint8Array): number
  /** write(2): what a netlink socket is given that way is a message to the kernel. The result counts the bytes. */
  write(fd: Fd, bytes: Uint8Array): number
  /** fcntl(2) with F_DUPFD_CLOEXEC: another descriptor of what `fd` is open on. */
  duplicate(fd: Fd): Fd
  /** socket(2). */
  socket(domain: number, type: number, protocol: number): Fd
  /** setsockopt(2) with the option's value as bytes. */
  setsockopt(fd: Fd, level: number, option: number, value: Uint8Array): void
  /** fsopen(2), Linux 5.2. */
  fsopen(fsname: string, flags: number): Fd
  /** fsconfig(2) with FSCONFIG_SET_STRING: an option of the mount to be. */
  fsconfigString(fd: Fd, key: string, value: string): void
  /** fsconfig(2) with FSCONFIG_CMD_CREATE. */
  fsconfigCreate(fd: Fd): void
  /** fsmount(2): a mount that is in no mount table. */
  fsmount(fd: Fd, flags: number, attributes: number): Fd
  /** move_mount(2), Linux 5.2: puts a mount of fsmount(2) into the mount table, at the directory `path`. */
  moveMount(mount: Fd, path: string): void
  /** pidfd_open(2), Linux 5.3: a descriptor of the process `pid`. */
  pidfdOpen(pid: number, flags: number): Fd
  /**
   * prlimit(2) of this process: the limits of a resource (RLIMIT_*), which become `limits` where some are given.
   *
   * @returns What they were before.
   */
  prlimit(resource: number, limits: ResourceLimits | undefined): ResourceLimits
}

/** A call of bpf(2) that costs as little as it can. */
export interface PreparedBpf {
  /**
   * Issues the call.
   *
   * @returns What `Kernel.bpf` does, and where the kernel refuses the negative errno: to look up what is not there is
   *   nothing special, and an exception costs more than the call.
   */
  call(): number
}

/**
 * `readable`, the default, is reported as long as poll(2) says so. `writable` is reported once in the beginning, if it is, and once
 * each time that the kernel wakes those who wait for it (EPOLLET): what there is space for may still be too large.
 */
export type PollInterest = 'readable' | 'writable'

/** Limits of a resource, in its unit; RLIM_INFINITY is none. */
export interface ResourceLimits {
  /** What counts. The process may change it up to `hard`. */
  readonly soft: bigint
  /** What only CAP_SYS_RESOURCE may raise. */
  readonly hard: bigint
}

export interface MmapRequest {
  /** Bytes. */
  readonly length: number
  /** PROT_* bits. */
  readonly protection: number
  /** MAP_* bits. */
  readonly flags: number
  /** Bytes from the start of the file, a multiple of the page size. */
  readonly offset: number
  /** Where to map. With MAP_FIXED_NOREPLACE in `flags` there and nowhere else; EEXIST where something is there already. */
  readonly address?: bigint | undefined
  /** The part of the memory that `buffer` shows, in bytes. Default: all of it, which for gigabytes is more than V8 likes. */
  readonly visible?: { readonly offset: number; readonly length: number } | undefined
}

/**
 * Memory of the kernel's, mapped into this process. Touching `buffer` after `unmap()` kills the process with SIGSEGV,
 * and so does writing to it if it was mapped read-only: whoever holds a Mapping keeps every view of it to himself.
 */
export interface Mapping extends Disposable {
  readonly buffer: ArrayBuffer
  /** Unmaps; a second call does nothing. */
  unmap(): void
}

export interface PollHandle extends Disposable {
  /** Stops watching; a second call does nothing. */
  close(): void
  /** Whether a watched descriptor keeps the process alive. It does until `unref()`. */
  ref(): void
  unref(): void
}

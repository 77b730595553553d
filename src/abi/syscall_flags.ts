/** Flags of system calls that the kernel's BTF does not name, because they are macros there. Same on x64 and arm64. */

/** openat(2), include/uapi/asm-generic/fcntl.h. */
export const O_RDONLY = 0
export const O_NONBLOCK = 0o4000
export const O_CLOEXEC = 0o2_000_000
export const AT_FDCWD = -100
/** fcntl(2), include/uapi/linux/fcntl.h. */
export const F_DUPFD_CLOEXEC = 1030

/** mmap(2), include/uapi/asm-generic/mman-common.h and include/uapi/linux/mman.h. */
export const PROT_READ = 1
export const PROT_WRITE = 2
export const MAP_SHARED = 1
export const MAP_PRIVATE = 2
/** MAP_FIXED that fails where something is mapped already (Linux 4.17; older kernels take it for a hint). */
export const MAP_FIXED_NOREPLACE = 0x100000

/** fsopen(2) and fsmount(2), include/uapi/linux/mount.h (Linux 5.2). */
export const FSOPEN_CLOEXEC = 1
export const FSMOUNT_CLOEXEC = 1
export const MOUNT_ATTR_RDONLY = 0x1
export const MOUNT_ATTR_NOSUID = 0x2
export const MOUNT_ATTR_NODEV = 0x4
export const MOUNT_ATTR_NOEXEC = 0x8

/** prlimit(2), include/uapi/asm-generic/resource.h and include/uapi/linux/resource.h. */
export const RLIMIT_MEMLOCK = 8
export const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn

/** move_mount(2), include/uapi/linux/mount.h (Linux 5.2). */
export const MOVE_MOUNT_F_EMPTY_PATH = 0x4

/** epoll(7), include/uapi/linux/eventpoll.h. */
export const EPOLL_CLOEXEC = O_CLOEXEC
export const EPOLL_CTL_ADD = 1
export const EPOLLIN = 1
export const EPOLLOUT = 4
export const EPOLLET = 0x8000_0000

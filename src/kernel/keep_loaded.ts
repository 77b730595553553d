/** dlopen(3) flags; glibc and musl have the same values. */
const RTLD_LAZY = 1
const RTLD_NODELETE = 0x1000

/** Names of files with koffi's machine code, in the last column of /proc/PID/maps (proc_pid_maps(5)). */
const ADDON = /\S*koffi\S*\.node$/m

/**
 * Keeps koffi's machine code in the process until its end. Node.js unloads an addon with the last thread that loaded it. Where that
 * is a worker that is terminated while it watches a descriptor, libuv calls the function of koffi's that frees the handle after
 * that, and the process dies of SIGSEGV (`PollHandle::Close` in koffi 3.3's uv.cc; Node.js 20 to 26). Once is enough, and more
 * than once does nothing.
 *
 * @param maps The text of /proc/self/maps.
 */
export function keepAddonLoaded(dlopen: (path: string, flags: number) => unknown, maps: string): void {
  const [path] = ADDON.exec(maps) ?? []
  if (path !== undefined) dlopen(path, RTLD_LAZY | RTLD_NODELETE)
}

import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Btf } from '../../btf/btf.ts'
import { dumpC } from '../../btf/c_dump/dump_c.ts'
import { openKernel } from '../../index.ts'
import { runningKernelBtf } from '../../loader/target_btf.ts'
import { replaceFile } from '../../tool/replace_file.ts'

/**
 * Calls `use` with a folder that has a `vmlinux.h` of the running kernel's types. It is made once for each kernel and kept in the
 * user's cache, in $XDG_CACHE_HOME or ~/.cache. A cache that others may write to is not used, since programs that are made of it run
 * in the kernel: then the header is made for this call alone.
 *
 * @throws KernelError 'NO_KERNEL_BTF'; PermissionError; BtfError; FileError 'FILE_NOT_WRITTEN'; what `use` throws
 */
export async function withVmlinuxHeader<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const btf = runningKernelBtf(openKernel(), undefined)
  const hash = createHash('sha256').update(btf.bytes).digest('hex').slice(0, 16)
  const cache = await cacheFolder(`vmlinux-${hash}`)
  if (cache !== undefined) {
    await writeHeader(cache, btf)
    return await use(cache)
  }
  const folder = await mkdtemp(join(tmpdir(), 'rawbpf-build-'))
  try {
    await writeHeader(folder, btf)
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes the header unless it is there. */
async function writeHeader(folder: string, btf: Btf): Promise<void> {
  const header = join(folder, 'vmlinux.h')
  const isThere = await access(header).then(
    () => true,
    () => false,
  )
  if (!isThere) await replaceFile(header, Buffer.from([...dumpC(btf)].join('')))
}

/** A folder of ours in the user's cache; undefined where there can be none. */
async function cacheFolder(name: string): Promise<string | undefined> {
  const asked = process.env['XDG_CACHE_HOME'] ?? ''
  // A path that is not absolute is to be ignored (XDG Base Directory Specification 0.8).
  const base = isAbsolute(asked) ? asked : join(homedir(), '.cache')
  const folder = join(base, 'rawbpf', name)
  try {
    const folders = [base, join(base, 'rawbpf'), folder]
    for (const path of folders) await makeFolder(path)
    const found = await Promise.all(folders.map((path) => stat(path)))
    return found.every(isOurs) ? folder : undefined
  } catch {
    return undefined
  }
}

/**
 * Makes a folder unless it is there. One by one, since in a file system that has no room for any, such as /proc, Node.js 20 never
 * comes back from making a folder and its parents.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/** S_IWGRP and S_IWOTH of stat(2). */
const OTHERS_MAY_WRITE = 0o022

function isOurs({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return uid === process.geteuid?.() && (mode & OTHERS_MAY_WRITE) === 0
}

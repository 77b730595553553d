import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

let root: string | undefined

/** The path of a file of this package, wherever this module was built to. */
export function packageFile(path: string): string {
  root ??= findRoot()
  return join(root, path)
}

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder)
  return folder
}

/** The file of an object that comes with rawbpf: bpf/NAME.bpf.o. */
export function bundledObject(name: string): string {
  return packageFile(`bpf/${name}.bpf.o`)
}

import { sectionNamed } from '../../src/elf/lookup.ts'
import { parseElfSections } from '../../src/elf/parse.ts'

/** What a kernel module says of itself. */
export interface ModuleInfo {
  /** The modules whose symbols it uses. */
  readonly depends: readonly string[]
}

/** Reads `.modinfo`: strings of the form `name=value`, each with a zero behind it (include/linux/moduleparam.h, Linux 6.18). */
export function readModuleInfo(bytes: Uint8Array, name: string): ModuleInfo {
  const section = sectionNamed(parseElfSections(bytes, name), '.modinfo')
  const strings = new TextDecoder().decode(section?.data ?? new Uint8Array()).split('\0')
  const depends = strings.find((string) => string.startsWith('depends='))?.slice('depends='.length) ?? ''
  return {
    depends: depends
      .split(',')
      .filter((each) => each !== '')
      .map((each) => each.replaceAll('-', '_')),
  }
}

/**
 * The modules and all that they depend on, each behind what it needs.
 *
 * @param info undefined for a module that there is none of: it is built into the kernel, or the kernel does not have it.
 */
export function loadOrder(
  wanted: readonly string[],
  info: (name: string) => ModuleInfo | undefined,
): readonly string[] {
  const order = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const found = info(name)
    if (found === undefined) return
    for (const each of found.depends) visit(each)
    order.add(name)
  }
  for (const name of wanted) visit(name)
  return [...order]
}

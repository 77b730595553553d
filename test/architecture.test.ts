import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** docs/design.md, "The house": each folder may import from itself and from those below it in this list. */
const house = [
  'cli.ts',
  'commands',
  'tools',
  'tool',
  'index.ts',
  'version.ts',
  'run',
  'explain',
  'codegen',
  'loader',
  'links',
  'ringbuf',
  'symbols',
  'maps',
  'programs',
  'kernel',
  'verifier',
  'static_linker',
  'probes',
  'check',
  'relocate',
  'executable',
  'object',
  'core',
  'btf',
  'insn',
  'elf',
  'abi',
  'base',
]

const pure = new Set([
  'verifier',
  'probes',
  'check',
  'static_linker',
  'relocate',
  'executable',
  'object',
  'core',
  'btf',
  'insn',
  'elf',
  'abi',
  'base',
  'explain',
  'codegen',
  'run',
])

/** What runs in the page's reader's browser; its packages are bundled into src/explain/page/generated. */
const browserFolder = 'explain/page/client/'
const browserPackages = /^preact(\/|$)/

/** Packages that one file alone may import. */
const soleImporters = new Map([
  ['koffi', 'kernel/linux.ts'],
  ['elfy', 'elf/elfy.ts'],
])

interface Import {
  readonly from: string
  readonly specifier: string
  readonly isType: boolean
}

const source = resolve(import.meta.dirname, '../src')

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => file.split('\\').join('/'))

const imports: readonly Import[] = files.flatMap(importsOf)

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8')
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s+)?[^'"]*?from\s+'([^']+)'|\bimport\('([^']+)'\)|^import\s+'([^']+)'/gm,
  )
  const required = text.matchAll(/createRequire\([^)]*\)\('([^']+)'\)/g)
  return [
    ...[...statements].map((match) => ({
      from: file,
      specifier: match[2] ?? match[3] ?? match[4] ?? '',
      isType: match[1] !== undefined,
    })),
    ...[...required].map((match) => ({ from: file, specifier: match[1] ?? '', isType: false })),
  ]
}

const roomOf = (file: string): string => file.split('/')[0] ?? file

const targetOf = ({ from, specifier }: Import): string =>
  posix.normalize(posix.join(dirname(from), specifier))

const internal = imports.filter(({ specifier }) => specifier.startsWith('.'))

describe('the house', () => {
  it('has imports to look at', () => {
    expect(internal.length).toBeGreaterThan(200)
  })

  it('has a place in the list for every folder and file of src', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !house.includes(room))).toEqual([])
  })

  it('imports from its own folder and from folders below it, never from one above', () => {
    const upward = internal.filter(
      (found) => house.indexOf(roomOf(targetOf(found))) < house.indexOf(roomOf(found.from)),
    )
    // explain is pure and reads the steps' types, which the loader unites.
    expect(upward.map(({ from, specifier }) => `${from} -> ${specifier}`)).toEqual([])
  })

  it('keeps elf and btf free of everything but base, so that the generator of abi can always run', () => {
    const others = internal.filter(({ from }) => ['elf', 'btf'].includes(roomOf(from)))
    const strangers = others.filter(
      (found) => ![roomOf(found.from), 'base'].includes(roomOf(targetOf(found))),
    )
    expect(strangers.map(({ from, specifier }) => `${from} -> ${specifier}`)).toEqual([])
  })

  it('has tools that are short and import the public API alone', () => {
    const ofTools = files.filter((file) => roomOf(file) === 'tools' && file !== 'tools/index.ts')
    expect(ofTools.length).toBeGreaterThan(0)
    const isPublic = ({ specifier }: Import): boolean =>
      ['../index.ts', '../tool/index.ts'].includes(specifier)
    const strangers = imports.filter((found) => ofTools.includes(found.from) && !isPublic(found))
    expect(strangers.map(({ from, specifier }) => `${from} -> ${specifier}`)).toEqual([])
    const lengths = ofTools.map((file) => readFileSync(join(source, file), 'utf8').split('\n').length - 1)
    expect(Math.max(...lengths)).toBeLessThan(100)
  })

  it('lets nothing pure import anything with effects, but types', () => {
    const effectful = imports.filter(({ from, specifier, isType }) => {
      if (!pure.has(roomOf(from)) || isType) return false
      if (!specifier.startsWith('.'))
        return soleImporters.get(specifier) !== from && !isBrowserPackage({ from, specifier })
      return !pure.has(roomOf(posix.normalize(posix.join(dirname(from), specifier))))
    })
    expect(effectful.map(({ from, specifier }) => `${from} -> ${specifier}`)).toEqual([])
  })

  it('imports koffi in one file and elfy in one file', () => {
    for (const [name, importer] of soleImporters) {
      const importers = imports.filter(({ specifier }) => specifier === name).map(({ from }) => from)
      expect([...new Set(importers)], name).toEqual([importer])
    }
  })

  it('imports what runs in a browser where it runs in a browser, and nowhere else', () => {
    const strangers = imports.filter(({ from, specifier, isType }) => {
      if (from.startsWith(browserFolder)) return false
      const target = specifier.startsWith('.') ? targetOf({ from, specifier, isType }) : specifier
      return target.startsWith(browserFolder) || browserPackages.test(target)
    })
    expect(strangers.map(({ from, specifier }) => `${from} -> ${specifier}`)).toEqual([])
  })

  it('has no cycle of modules that are needed at run time', () => {
    expect(findCycle(internal.filter(({ isType }) => !isType))).toBeUndefined()
  })
})

function isBrowserPackage({ from, specifier }: Pick<Import, 'from' | 'specifier'>): boolean {
  return from.startsWith(browserFolder) && browserPackages.test(specifier)
}

function findCycle(edges: readonly Import[]): string | undefined {
  const next = group(edges)
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' -> ')
    if (done.has(file)) return undefined
    for (const target of next.get(file) ?? []) {
      const cycle = visit(target, [...path, file])
      if (cycle !== undefined) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of next.keys()) {
    const cycle = visit(file, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}

function group(edges: readonly Import[]): ReadonlyMap<string, readonly string[]> {
  const next = new Map<string, string[]>()
  for (const edge of edges) {
    const targets = next.get(edge.from) ?? []
    targets.push(relative('.', targetOf(edge)))
    next.set(edge.from, targets)
  }
  return next
}

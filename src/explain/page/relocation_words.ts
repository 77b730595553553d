import type { RelocationReport } from '../program_report.ts'

/** What a relocation is about, in a few words. */
export function relocationTitle(relocation: RelocationReport): string {
  switch (relocation.kind) {
    case 'core':
      return `CO-RE ${relocation.relocation} of ${relocation.subject}`
    case 'map':
      return relocation.offset === undefined
        ? `map ${relocation.map}`
        : `byte ${relocation.offset} of map ${relocation.map}`
    case 'function':
      return `function ${relocation.function}, at instruction ${relocation.start}`
    case 'extern':
      return `extern ${relocation.extern}: ${relocation.found}`
    case 'jump-table':
      return `jump table ${relocation.table} to instructions ${relocation.targets.join(', ')}`
  }
}

import { type Kernel, KernelError, type ObjectSpec, openKernel } from '../index.ts'
import { readTracepointId } from '../kernel/tracefs.ts'
import { readSectionName } from '../object/section_names.ts'
import type { Column } from './table.ts'
import type { Tool } from './tool.ts'

/** A tool that attaches all programs of its object and prints the records of a ring buffer. */
export interface EventToolDescription<Event extends object> extends Omit<Tool, 'run'> {
  readonly columns: readonly Column<Event>[]
  /** The ring buffer's map. Default: `events`. */
  readonly map?: string
  /** The struct of a record, in the object's BTF. Default: `event`. */
  readonly type?: string
  /** Programs of tracepoints that not every kernel has. They are loaded where it has them. */
  readonly optional?: readonly string[]
}

/** Makes a tool of a table's columns: most tools that trace something are no more than that. */
export function eventTool<Event extends object>(description: EventToolDescription<Event>): Tool {
  const { columns, map = 'events', type = 'event', optional = [], ...tool } = description
  return {
    ...tool,
    run: async (session) => {
      leaveOutMissing(session.spec, optional)
      const object = session.load()
      object.attach()
      await session.printRecords(object.ringBuffer<Event>(map, type, { signal: session.signal }), columns)
    },
  }
}

/** Takes programs of tracepoints that this kernel does not have out of the load. */
export function leaveOutMissing({ programs }: ObjectSpec, names: readonly string[]): void {
  const kernel = openKernel()
  for (const name of names) {
    const program = programs.get(name)
    if (program !== undefined) program.autoload &&= hasTracepoint(kernel, program.sectionName)
  }
}

function hasTracepoint(kernel: Kernel, sectionName: string): boolean {
  const named = readSectionName(sectionName)
  const target = named.kind === 'known' ? named.section.attachTarget : undefined
  if (target?.kind !== 'tracepoint') return true
  try {
    readTracepointId(kernel, target.category, target.name)
    return true
  } catch (error) {
    if (error instanceof KernelError && error.code === 'NO_SUCH_TRACEPOINT') return false
    throw error
  }
}

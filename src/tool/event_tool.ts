import type { Column } from './table.ts'
import type { Tool } from './tool.ts'

/** A tool that attaches all programs of its object and prints the records of a ring buffer. */
export interface EventToolDescription<Event extends object> extends Omit<Tool, 'run'> {
  readonly columns: readonly Column<Event>[]
  /** The ring buffer's map. Default: `events`. */
  readonly map?: string
  /** The struct of a record, in the object's BTF. Default: `event`. */
  readonly type?: string
}

/** Makes a tool of a table's columns: most tools that trace something are no more than that. */
export function eventTool<Event extends object>(description: EventToolDescription<Event>): Tool {
  const { columns, map = 'events', type = 'event', ...tool } = description
  return {
    ...tool,
    run: async (session) => {
      const object = session.load()
      object.attach()
      await session.printRecords(object.ringBuffer<Event>(map, type, { signal: session.signal }), columns)
    },
  }
}

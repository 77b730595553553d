import type { JSX } from 'preact'
import { visible } from '../visible.ts'
import type { View } from '../view.ts'
import { usePage } from './store.ts'

/** Which program the chapter shows. */
export function ProgramPicker({
  programs,
  chosen,
  viewOf,
}: {
  readonly programs: readonly { readonly name: string; readonly note: string }[]
  readonly chosen: string
  readonly viewOf: (program: string) => View
}): JSX.Element {
  const { show } = usePage()
  return (
    <p class="picker">
      <label for="program">Program</label>{' '}
      <select
        id="program"
        value={chosen}
        onChange={(event) => {
          show(viewOf(event.currentTarget.value), 'step')
        }}
      >
        {programs.map(({ name, note }) => (
          <option key={name} value={name}>
            {visible(`${name} (${note})`)}
          </option>
        ))}
      </select>{' '}
      {programs.length > 1 && <span class="of">of {programs.length}</span>}
    </p>
  )
}

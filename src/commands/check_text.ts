import type { ObjectCheck } from '../check/check_object.ts'
import type { Finding } from '../check/finding.ts'

/** What was found of one object: by kernel, in the order of the kernels. */
export interface CheckedObject {
  readonly object: string
  readonly checks: readonly { readonly kernel: string; readonly check: ObjectCheck }[]
}

/** A table of objects by kernels, then why not, and what CO-RE found at other places in other kernels. */
export function checkText(objects: readonly CheckedObject[]): string {
  const parts = [table(objects), ...objects.flatMap((object) => [...reasons(object), ...moved(object)])]
  return parts.join('\n')
}

function table(objects: readonly CheckedObject[]): string {
  const kernels = objects[0]?.checks.map(({ kernel }) => kernel) ?? []
  const rows = [
    ['', ...kernels],
    ...objects.map(({ object, checks }) => [object, ...checks.map(({ check }) => check.verdict)]),
  ]
  return alignColumns(rows)
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** Kernels with the same findings are named together. */
function reasons({ object, checks }: CheckedObject): readonly string[] {
  const kernelsByText = new Map<string, string[]>()
  for (const { kernel, check } of checks) {
    if (check.findings.length === 0) continue
    const text = check.findings.map(findingText).join('')
    kernelsByText.set(text, [...(kernelsByText.get(text) ?? []), kernel])
  }
  return [...kernelsByText].map(([text, kernels]) => `${object} on ${kernels.join(', ')}:\n${text}`)
}

function findingText({ verdict, subject, of, line, why }: Finding): string {
  const source = line === undefined ? '' : `\n    ${line.fileName}:${line.lineNumber}: ${line.text}`
  return `  ${verdict}: ${subject}, ${of}: ${why}${source}\n`
}

function moved({ object, checks }: CheckedObject): readonly string[] {
  const subjects = new Set(checks.flatMap(({ check }) => [...check.values.keys()]))
  const rows = [...subjects].flatMap((subject) => {
    const values = checks.map(({ check }) => check.values.get(subject)?.toString() ?? '-')
    return new Set(values).size > 1 ? [[`  ${subject}`, ...values]] : []
  })
  if (rows.length === 0) return []
  return [
    `${object}, what differs from kernel to kernel:\n${alignColumns([['', ...checks.map(({ kernel }) => kernel)], ...rows])}`,
  ]
}

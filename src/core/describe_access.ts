import type { FieldAccess } from './access.ts'

/** The access as C would write it, for people: `struct task_struct.real_parent`, `struct sk_buff.cb[3]`. */
export function describeAccess(access: FieldAccess): string {
  const root = access.btf.type(access.root)
  const name = root.name === '' ? '(anonymous)' : root.name
  const path = access.accessors.map((accessor, level) => {
    if (accessor.kind === 'member') return `.${accessor.name}`
    return level === 0 && accessor.index === 0 ? '' : `[${accessor.index}]`
  })
  return `${root.kind} ${name}${path.join('')}`
}

import { describe, expect, it } from 'vitest'
import { accessExpression } from '../../src/explain/access_expression.ts'

describe('accessExpression', () => {
  const cases: readonly (readonly [line: string, path: string, expression: string | undefined])[] = [
    ['e->ppid = BPF_CORE_READ(task, real_parent, tgid);', 'real_parent', 'task->real_parent'],
    ['e->ppid = BPF_CORE_READ(task, real_parent, tgid);', 'tgid', 'task->real_parent->tgid'],
    ['BPF_CORE_READ_INTO(&e->pid, task, real_parent, tgid);', 'tgid', 'task->real_parent->tgid'],
    ['BPF_CORE_READ_STR_INTO(&event->comm, leader, comm);', 'comm', 'leader->comm'],
    [
      'x = BPF_CORE_READ((struct sock *)ctx->sk, __sk_common.skc_port);',
      '__sk_common.skc_port',
      '(struct sock *)ctx->sk->__sk_common.skc_port',
    ],
    ['return ctx->group_dead;', 'group_dead', 'ctx->group_dead'],
    ['return task->se.vruntime + task->se.sum;', 'se.vruntime', 'task->se.vruntime'],
    ['if (tasks[i]->cb[3] > 4)', 'cb[3]', 'tasks[i]->cb[3]'],
    ['return s.tgid_high + s.tgid;', 'tgid', 's.tgid'],
    ['if (bpf_core_field_exists(ctx->pid))', 'pid', 'ctx->pid'],
    ['return ctx->pid_max;', 'pid', undefined],
    ['BPF_CORE_READ(task, real_parent', 'real_parent', undefined],
    ['', 'pid', undefined],
  ]

  it.each(cases)('in %j finds %j', (line, path, expression) => {
    expect(accessExpression(line, path)).toBe(expression)
  })
})

import type { GuestLine, TestResult } from './guest/results.ts'

/** A listener that prints how a guest gets on: a line for each file, and failures as they come. */
export function guestProgress(print: (line: string) => void): (line: GuestLine) => void {
  const ofFile: TestResult[] = []
  return (line) => {
    switch (line.kind) {
      case 'booted':
        print(`   booted in ${line.uptime.toFixed(1)} s, Node.js ${line.node} on ${line.arch}`)
        return
      case 'file-started':
        ofFile.length = 0
        return
      case 'test':
        ofFile.push(line)
        if (line.state === 'failed')
          print(indent(`FAILED ${line.file}: ${line.name}\n${indent(line.errors.join('\n'))}`))
        return
      case 'file-ended':
        print(`   ${line.seconds.toFixed(1).padStart(6)} s  ${line.file}: ${counts(ofFile)}`)
        return
      case 'output':
        print(indent(`${line.title}:\n${line.text}`))
        return
      case 'feature':
      case 'ended':
        return
    }
  }
}

function counts(tests: readonly TestResult[]): string {
  return (['passed', 'failed', 'skipped'] as const)
    .map((state) => ({ state, count: tests.filter((test) => test.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`)
    .join(', ')
}

const indent = (text: string): string => text.replaceAll(/^/gm, '   ')

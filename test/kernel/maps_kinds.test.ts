import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { describe, expect } from 'vitest'
import { bpf_prog_type, perf_sw_ids, perf_type_id } from '../../src/abi/generated/bpf.ts'
import { encodePerfEventAttr } from '../../src/abi/perf_event_attr.ts'
import { cString } from '../../src/abi/object_name.ts'
import { assemble, exit, movImm } from '../../src/insn/assemble.ts'
import { BPF_PROG_INFO } from '../../src/abi/bpf_info.ts'
import { infoByFd, loadProgram } from '../../src/kernel/bpf_calls.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { countPossibleCpus } from '../../src/kernel/possible_cpus.ts'
import { createMap } from '../../src/maps/create_map.ts'
import { mapKinds, mapKindFacts } from '../../src/maps/map_kind.ts'
import { openMap } from '../../src/maps/open_map.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { mapTest, smallMap } from './map_kinds.ts'
import { bpfTest, kernelTest } from './require.ts'

const key = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer)
const value = (number: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(number).buffer)

describe('every kind of map', () => {
  for (const kind of mapKinds().filter((each) => each !== 'struct_ops')) {
    mapTest(kind)(`${kind}: is created, and refuses in words what it does not have`, () => {
      using handle = smallMap(kind)
      const { map } = handle
      expect(map.info()).toMatchObject({
        kind,
        keySize: map.attributes.keySize,
        maxEntries: map.attributes.maxEntries,
      })
      const bytes = new Uint8Array(map.attributes.keySize)
      const { operations } = mapKindFacts(kind)
      if (!operations.includes('lookup')) bpfErrorOf('MAP_WRONG_TYPE', () => map.lookup(bytes))
      if (!operations.includes('delete')) bpfErrorOf('MAP_WRONG_TYPE', () => map.delete(bytes))
      if (!operations.includes('take')) bpfErrorOf('MAP_WRONG_TYPE', () => map.lookupAndDelete(bytes))
      if (!operations.includes('keys')) bpfErrorOf('MAP_WRONG_TYPE', () => [...map.keys()])
      else expect([...map.keys()].length).toBeLessThanOrEqual(map.attributes.maxEntries)
    })
  }

  bpfTest('but struct_ops, which is made by loading an object', () => {
    expect(bpfErrorOf('MAP_REFUSED', () => createMap({ type: 'struct_ops' })).message).toContain(
      'loadObject()',
    )
  })
})

describe.each(['hash', 'lru_hash', 'rhash'] as const)('a %s', (kind) => {
  mapTest(kind)(`${kind}: keeps, replaces, lists and deletes entries`, () => {
    using map = smallMap(kind)
    map.update(key(1), value(1n), 'create')
    bpfErrorOf('MAP_ENTRY_EXISTS', () => {
      map.update(key(1), value(2n), 'create')
    })
    bpfErrorOf('MAP_NO_ENTRY', () => {
      map.update(key(2), value(2n), 'replace')
    })
    map.update(key(2), value(2n))
    expect(map.lookup(key(2))).toEqual(value(2n))
    expect([...map.entries()].map(([first]) => first[0]).sort()).toEqual([1, 2])
    expect(map.delete(key(1))).toBe(true)
    expect(map.delete(key(1))).toBe(false)
  })
})

describe('a full map', () => {
  mapTest('hash')('refuses one more entry, and takes it in place of another', () => {
    using map = smallMap('hash')
    for (let each = 0; each < 8; each++) map.update(key(each), value(0n))
    bpfErrorOf('MAP_FULL', () => {
      map.update(key(8), value(0n))
    })
    map.delete(key(0))
    map.update(key(8), value(0n))
  })

  mapTest('lru_hash')('of the least recently used makes room by itself', () => {
    using map = smallMap('lru_hash')
    for (let each = 0; each < 1000; each++) map.update(key(each), value(0n))
    expect([...map.keys()].length).toBeLessThan(1000)
  })
})

describe('a map with a value for every cpu', () => {
  for (const kind of ['percpu_hash', 'lru_percpu_hash'] as const) {
    mapTest(kind)(`${kind}: has one for each possible cpu`, () => {
      using map = smallMap(kind)
      const values = Array.from({ length: countPossibleCpus(openKernel()) }, (_, cpu) => key(cpu + 7))
      map.update(key(1), values)
      expect(map.lookup(key(1))).toEqual(values)
      expect([...map.entries()]).toEqual([[key(1), values]])
      map.updateMany([[key(2), values]])
      expect(map.lookup(key(2))).toEqual(values)
      bpfErrorOf('MAP_BAD_SIZE', () => {
        map.update(key(1), [...values, key(0)])
      })
    })
  }

  mapTest('percpu_array')('percpu_array: has zeros to begin with', () => {
    using map = smallMap('percpu_array')
    const zeros = Array.from({ length: countPossibleCpus(openKernel()) }, () => key(0))
    expect([...map]).toEqual(Array.from({ length: 8 }, () => zeros))
    map.update(
      3,
      zeros.map(() => key(5)),
    )
    expect(map.lookup(3)[0]).toEqual(key(5))
  })
})

describe('a trie', () => {
  mapTest('lpm_trie')('finds the longest prefix', () => {
    using map = smallMap('lpm_trie')
    const prefix = (bits: number, ...address: number[]): Uint8Array =>
      Uint8Array.of(bits, 0, 0, 0, ...address)
    map.update(prefix(8, 10, 0, 0, 0), value(8n))
    map.update(prefix(24, 10, 1, 2, 0), value(24n))
    expect(map.lookup(prefix(32, 10, 1, 2, 3))).toEqual(value(24n))
    expect(map.lookup(prefix(32, 10, 9, 9, 9))).toEqual(value(8n))
    expect(map.lookup(prefix(32, 11, 0, 0, 0))).toBeUndefined()
    expect([...map.keys()]).toHaveLength(2)
    expect([...map.drain()]).toHaveLength(2)
    expect([...map.keys()]).toEqual([])
    bpfErrorOf('MAP_WRONG_TYPE', () => map.lookupAndDelete(prefix(8, 10, 0, 0, 0)))
  })
})

describe('queues and stacks', () => {
  for (const kind of ['queue', 'stack'] as const) {
    mapTest(kind)(`${kind}: gives what it took in its order, and says when it is full`, () => {
      using queue = smallMap(kind)
      for (const each of [1n, 2n, 3n]) queue.push(value(each))
      bpfErrorOf('MAP_FULL', () => {
        queue.push(value(4n))
      })
      queue.push(value(4n), { whenFull: 'drop oldest' })
      const order = kind === 'queue' ? [2n, 3n, 4n] : [4n, 3n, 2n]
      expect(queue.peek()).toEqual(value(order[0]!))
      expect(queue.pop()).toEqual(value(order[0]!))
      expect([...queue.drain()]).toEqual([value(order[1]!), value(order[2]!)])
      expect(queue.pop()).toBeUndefined()
    })
  }
})

describe('a bloom filter', () => {
  mapTest('bloom_filter')('has what was added, and knows what was not', () => {
    using filter = smallMap('bloom_filter')
    filter.add(value(1n))
    expect(filter.mayHave(value(1n))).toBe(true)
    const others = Array.from({ length: 20 }, (_, index) => filter.mayHave(value(BigInt(index) + 100n)))
    expect(others).toContain(false)
  })
})

describe('a map of maps', () => {
  mapTest('array_of_maps')('array: takes maps like its inner one, and tells their ids', () => {
    using outer = smallMap('array_of_maps')
    using inner = createMap({ type: 'array', valueSize: 8, maxEntries: 1 })
    inner.update(0, value(42n))
    outer.update(3, inner)
    const id = outer.lookup(3)
    expect(id).toBe(inner.map.info().id)
    using opened = openMap({ id: Number(id) })
    expect(opened.lookup(key(0))).toEqual(value(42n))
    expect(outer.lookup(2)).toBeUndefined()
    expect(outer.delete(3)).toBe(true)
    using other = smallMap('hash')
    bpfErrorOf('MAP_REFUSED', () => {
      outer.update(0, other)
    })
    bpfErrorOf('MAP_NO_ENTRY', () => {
      outer.update(8, inner)
    })
  })

  mapTest('hash_of_maps')('hash: takes maps under any key', () => {
    using outer = smallMap('hash_of_maps')
    using inner = createMap({ type: 'array', valueSize: 8, maxEntries: 1 })
    outer.update(key(1000), inner)
    expect([...outer.entries()]).toEqual([[key(1000), inner.map.info().id]])
    expect(outer.delete(key(1000))).toBe(true)
    expect(outer.lookup(key(1000))).toBeUndefined()
  })
})

describe('arrays of descriptors', () => {
  mapTest('prog_array')('prog_array: takes programs, and tells their ids', () => {
    const kernel = openKernel()
    const insns = assemble([movImm(0, 0), exit()])
    using program = loadProgram(kernel, {
      prog_type: bpf_prog_type.BPF_PROG_TYPE_SOCKET_FILTER,
      insn_cnt: insns.length / 8,
      insns,
      license: cString('GPL'),
    })
    using map = smallMap('prog_array')
    map.update(2, program)
    expect(map.lookup(2)).toBe(infoByFd(kernel, program.fd, BPF_PROG_INFO).id)
    expect(map.lookup(1)).toBeUndefined()
    expect(map.delete(2)).toBe(true)
    expect(map.lookup(2)).toBeUndefined()
    bpfErrorOf('MAP_REFUSED', () => {
      map.update(1, map)
    })
  })

  mapTest('perf_event_array')('perf_event_array: takes perf events, and does not tell', () => {
    const kernel = openKernel()
    const attr = encodePerfEventAttr({
      type: perf_type_id.PERF_TYPE_SOFTWARE,
      config: perf_sw_ids.PERF_COUNT_SW_BPF_OUTPUT,
    })
    using event = new FileDescriptor(kernel, kernel.perfEventOpen(attr, -1, 0, -1, 0), 'perf event')
    using map = smallMap('perf_event_array')
    map.update(0, event)
    expect(map.delete(0)).toBe(true)
    expect(map.delete(0)).toBe(false)
    bpfErrorOf('MAP_REFUSED', () => {
      map.update(0, 0)
    })
  })
})

/** The root of the cgroups, mounted for as long as `body` takes. */
function withCgroups(body: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'rawbpf-cgroup-'))
  execFileSync('mount', ['-t', 'cgroup2', 'cgroup2', directory], { stdio: 'pipe' })
  try {
    body(directory)
  } finally {
    execFileSync('umount', [directory], { stdio: 'pipe' })
    rmdirSync(directory)
  }
}

const cgroupTest = kernelTest('permission to mount cgroup2', () => {
  withCgroups(() => undefined)
  return undefined
})

describe('maps of cgroups', () => {
  cgroupTest('cgroup_array: takes cgroups', () => {
    withCgroups((directory) => {
      using map = smallMap('cgroup_array')
      const fd = openSync(directory, 'r')
      try {
        map.update(1, fd)
        expect(map.delete(1)).toBe(true)
      } finally {
        closeSync(fd)
      }
      bpfErrorOf('MAP_REFUSED', () => {
        map.update(1, map)
      })
    })
  })
})

describe('maps to redirect packets with', () => {
  const loopback = { ifindex: 1 }

  for (const kind of ['devmap', 'devmap_hash'] as const) {
    mapTest(kind)(`${kind}: has interfaces`, () => {
      using map = smallMap(kind)
      map.update(3, loopback)
      expect(map.lookup(3)).toEqual({ ifindex: 1, programId: undefined })
      expect(map.lookup(2)).toBeUndefined()
      expect(map.delete(3)).toBe(true)
      bpfErrorOf('MAP_REFUSED', () => {
        map.update(3, { ifindex: 0x7fff_0000 })
      })
    })
  }

  mapTest('cpumap')('cpumap: has queues', () => {
    using map = smallMap('cpumap')
    map.update(0, { queueSize: 192 })
    expect(map.lookup(0)).toEqual({ queueSize: 192, programId: undefined })
    bpfErrorOf('MAP_REFUSED', () => {
      map.update(0, { queueSize: 1 << 20 })
    })
    expect(map.delete(0)).toBe(true)
  })
})

async function withListener(body: (fd: number) => void): Promise<void> {
  const server: Server & { readonly _handle?: { readonly fd: number } | null } = createServer()
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  try {
    body(server._handle?.fd ?? expect.fail('a listening socket has a descriptor'))
  } finally {
    server.close()
    await once(server, 'close')
  }
}

describe('maps of sockets', () => {
  mapTest('sockmap')('sockmap: takes sockets, and tells their cookies', async () => {
    await withListener((fd) => {
      using map = smallMap('sockmap')
      map.update(1, fd)
      expect(map.lookup(1)).toBeTypeOf('bigint')
      expect(map.lookup(2)).toBeUndefined()
      expect(map.delete(1)).toBe(true)
      using short = smallMap('sockmap', { valueSize: 4 })
      short.update(1, fd)
      expect(bpfErrorOf('MAP_REFUSED', () => short.lookup(1)).message).toContain('ENOSPC')
      bpfErrorOf('MAP_REFUSED', () => {
        map.update(1, map)
      })
    })
  })

  mapTest('sockhash')('sockhash: takes sockets under any key', async () => {
    await withListener((fd) => {
      using map = smallMap('sockhash')
      map.update(key(77), fd)
      expect([...map.keys()]).toEqual([key(77)])
      expect(map.lookup(key(77))).toBeTypeOf('bigint')
      expect(map.delete(key(77))).toBe(true)
    })
  })

  mapTest('reuseport_sockarray')('reuseport_sockarray: refuses sockets that share no port', async () => {
    await withListener((fd) => {
      using map = smallMap('reuseport_sockarray')
      bpfErrorOf('MAP_REFUSED', () => {
        map.update(0, fd)
      })
      expect(map.lookup(0)).toBeUndefined()
    })
  })

  mapTest('xskmap')('xskmap: refuses sockets of another family', async () => {
    await withListener((fd) => {
      using map = smallMap('xskmap')
      bpfErrorOf('MAP_WRONG_TYPE', () => {
        map.update(0, fd)
      })
    })
  })
})

describe('storage', () => {
  mapTest('sk_storage')('sk_storage: belongs to a socket', async () => {
    await withListener((fd) => {
      using storage = smallMap('sk_storage')
      expect(storage.lookup(fd)).toBeUndefined()
      storage.update(fd, value(7n), 'create')
      expect(storage.lookup(fd)).toEqual(value(7n))
      bpfErrorOf('MAP_ENTRY_EXISTS', () => {
        storage.update(fd, value(8n), 'create')
      })
      expect(storage.delete(fd)).toBe(true)
      expect(storage.delete(fd)).toBe(false)
    })
  })

  mapTest('task_storage')('task_storage: belongs to a process', () => {
    using storage = smallMap('task_storage')
    const self = { pid: process.pid }
    expect(storage.lookup(self)).toBeUndefined()
    storage.update(self, value(7n))
    expect(storage.lookup(self)).toEqual(value(7n))
    expect(storage.delete(self)).toBe(true)
    bpfErrorOf('MAP_REFUSED', () => storage.lookup(storage))
    expect(bpfErrorOf('ESRCH', () => storage.lookup({ pid: 4_194_303 })).message).toContain('process 4194303')
  })

  mapTest('inode_storage')('inode_storage: belongs to a file, where the BPF LSM keeps room for it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'rawbpf-inode-'))
    try {
      using storage = smallMap('inode_storage')
      const owner = { path: directory }
      try {
        storage.update(owner, value(7n))
      } catch {
        // Without `bpf` among the security modules inodes have no room, and the kernel says EBADF.
        bpfErrorOf('MAP_REFUSED', () => storage.lookup(owner))
        return
      }
      expect(storage.lookup(owner)).toEqual(value(7n))
      expect(storage.delete(owner)).toBe(true)
      expect(storage.lookup(owner)).toBeUndefined()
      bpfErrorOf('ENOENT', () => storage.lookup({ path: join(directory, 'gone') }))
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  mapTest('cgrp_storage')('cgrp_storage: belongs to a cgroup', () => {
    withCgroups((path) => {
      using storage = smallMap('cgrp_storage')
      expect(storage.lookup({ path })).toBeUndefined()
      storage.update({ path }, value(9n))
      expect(storage.lookup({ path })).toEqual(value(9n))
      expect(storage.delete({ path })).toBe(true)
      bpfErrorOf('MAP_REFUSED', () => storage.lookup(storage))
    })
  })
})

describe('a map of stacks', () => {
  mapTest('stack_trace')('has none before a program stores one', () => {
    using stacks = smallMap('stack_trace')
    expect(stacks.lookup(0)).toBeUndefined()
    expect(stacks.delete(0)).toBe(false)
    expect([...stacks.keys()]).toEqual([])
    bpfErrorOf('MAP_WRONG_TYPE', () => {
      stacks.map.update(key(0), new Uint8Array(1016))
    })
  })
})

import type { Fd } from '../base/units.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'
import { explainRefusal } from './explain_refusal.ts'
import { LoadError } from './load_error.ts'
import { openModuleBtf } from './target_btf.ts'

/** Who refers to a module's types. */
export interface ModuleUser {
  readonly kind: 'program' | 'map'
  readonly name: string
}

/** Descriptors of modules' BTF, each opened when it is first needed. They are needed only while maps and programs are loaded. */
export class ModuleDescriptors implements Disposable {
  readonly #kernel: Kernel
  readonly #object: RelocatedObject
  readonly #descriptors = new Map<string, FileDescriptor>()

  constructor(kernel: Kernel, object: RelocatedObject) {
    this.#kernel = kernel
    this.#object = object
  }

  /** @throws LoadError 'LOAD_MODULE_GONE'; PermissionError */
  fdOf(module: string, user: ModuleUser): Fd {
    const descriptor = this.#descriptors.get(module) ?? this.#open(module, user)
    this.#descriptors.set(module, descriptor)
    return descriptor.fd
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#descriptors.values()) descriptor.close()
    this.#descriptors.clear()
  }

  #open(module: string, user: ModuleUser): FileDescriptor {
    try {
      const descriptor = openModuleBtf(this.#kernel, module)
      if (descriptor !== undefined) return descriptor
      throw this.#gone(module, user, 'it was unloaded meanwhile; load the module, then the object again')
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
      explainRefusal(error, `open the BTF of module ${module}`, this.#object)
      throw this.#gone(module, user, error.message, error)
    }
  }

  #gone(module: string, { kind, name }: ModuleUser, why: string, cause?: SyscallError): LoadError {
    const { fileName } = this.#object
    const tried = kind === 'program' ? `load program ${name}` : `create map ${name}`
    return new LoadError(
      'LOAD_MODULE_GONE',
      `${fileName}: cannot ${tried}: it refers to module ${module}, whose BTF cannot be opened: ${why}`,
      { object: fileName, [kind]: name, cause },
    )
  }
}

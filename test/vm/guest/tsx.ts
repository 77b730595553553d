/**
 * In a guest this is `tsx`: sources are compiled already, and who asks for one gets what it was compiled to.
 */
import { register } from 'node:module'

register('file:///rawbpf/bundle/test/vm/guest/tsx_hooks.js')

// The main module of the runtime: runs stage0, stage1 or the metadata service of a pod, depending
// on the name by which it was called.
import { basename } from 'node:path'

const PROGRAMS: Readonly<Record<string, () => Promise<unknown>>> = {
  stage1: () => import('../stage1/main.js'),
  metadata: () => import('../stage1/metadata/main.js'),
}

const program = PROGRAMS[basename(process.argv0)]
void (program === undefined ? import('../stage0/cli/main.js') : program())

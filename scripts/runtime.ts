// The main module of the runtime: runs stage0 or stage1, by the name it was called.
import { basename } from 'node:path'

void (basename(process.argv0) === 'stage1' ? import('../stage1/main.js') : import('../stage0/cli/main.js'))

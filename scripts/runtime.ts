// The main module of the runtime: runs stage0 or stage1, depending on the name by which it was
// called.
import { basename } from 'node:path'

void (basename(process.argv0) === 'stage1' ? import('../stage1/main.js') : import('../stage0/cli/main.js'))

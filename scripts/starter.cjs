// The main script of the executable: runs stage0 or stage1, whichever it was called, with the code V8 compiled for it in an
// earlier run, which saves a third of the time to a pod's start. Node's own compile cache holds only what is compiled at once; this
// one is written after a run, with all that the run used.
'use strict'
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { Script } = require('node:vm')

const name = process.argv0.endsWith('stage1') ? 'stage1' : 'stage0'
const program = `${__dirname}/${name}.js`
// Read as the ASCII it is, and run as a script, not in a function: V8 takes twice the memory for either.
const source = readFileSync(program, 'latin1')

// Only root can write there. Named by the program's digest, which is its first line, and Node's version: V8 itself compares hardly
// more than lengths.
const directory = '/run/appc/code'
const place = `${directory}/${source.slice(2, 66)}-${process.version}-${process.arch}`

const cachedData = read(place)
const script = new Script(source, { filename: program, ...(cachedData && { cachedData }) })

// A run that failed early used too little to be worth keeping: stage0 has done its work when it becomes stage1, stage1 when
// an app's exit status is known.
if ((cachedData === undefined || script.cachedDataRejected) && process.argv.includes('run') && process.getuid() === 0) {
  process.once(name === 'stage0' ? 'handOver' : 'exit', (status) => status !== 254 && save())
}
const libraries = new Map()
Object.assign(globalThis, { exports, require: requireAny, module, __filename: program, __dirname })
script.runInThisContext()

/** Files beside the program, too: an executable's own `require` knows none, and node:module would have to be loaded. */
function requireAny(wanted) {
  if (!wanted.startsWith('./')) return require(wanted)
  const filename = `${__dirname}/${wanted.slice(2)}`
  const known = libraries.get(filename)
  if (known !== undefined) return known.exports
  const library = { exports: {} }
  libraries.set(filename, library)
  const text = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'latin1')}\n})`
  new Script(text, { filename }).runInThisContext()(library.exports, requireAny, library, filename, __dirname)
  return library.exports
}

function read(path) {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

function save() {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeFileSync(`${place}.${process.pid}`, script.createCachedData(), { mode: 0o600 })
    renameSync(`${place}.${process.pid}`, place)
  } catch {
    // a run without it is only slower
  }
}

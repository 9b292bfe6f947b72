// Bundles the two Node programs into dist/lib/appc, each as one CommonJS file that scripts/starter.cjs runs.
// CommonJS, because an ES module that imports from node:fs makes Node load every part of it, streams and all (10 ms).
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const out = 'dist/lib/appc'
const programs = { stage0: 'dist/stage0/cli/main.js', stage1: 'dist/stage1/main.js' }

const present = Object.entries(programs).filter(([, input]) => existsSync(input))
for (const [name, input] of Object.entries(programs)) {
  if (!existsSync(input)) console.error(`bundle: ${input} is missing: no ${name}`)
}

// Libraries that not every command needs, `run` least of all: a file of their own each, read by those that do.
const apart = {
  yargs: 'node_modules/yargs/index.mjs',
  pino: 'node_modules/pino/pino.js',
  openpgp: 'node_modules/openpgp/dist/lightweight/openpgp.mjs',
  htmlparser2: 'node_modules/htmlparser2/dist/Parser.js',
}

// Few commands ask where they are in the words of a URL. A library of yargs' makes Intl.Segmenter as soon as it is loaded, for
// help texts only: that takes ICU's data into memory (5 MB).
const HEAD = `
const __here = { get url() { return require('node:url').pathToFileURL(__filename).href } };
class __Segmenter { segment(text) { return (this.made ??= new Intl.Segmenter()).segment(text) } }
`

// What libraries use of node:assert, which takes longer to load than what is asserted.
const ASSERT = `
const assert = (truth, message) => { if (!truth) throw new Error(message ?? 'assertion failed') };
module.exports = Object.assign(assert, {
  strictEqual: (actual, expected, message) => assert(Object.is(actual, expected), message),
  notStrictEqual: (actual, expected, message) => assert(!Object.is(actual, expected), message),
});
`

const smallAssert = {
  name: 'assert',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(node:)?assert$/ }, () => ({ path: 'assert', namespace: 'small' }))
    onLoad({ filter: /.*/, namespace: 'small' }, () => ({ contents: ASSERT }))
  },
}

const options = {
  outdir: out,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node24',
  // what the starter runs has no loader of ES modules
  supported: { 'dynamic-import': false },
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'import.meta.url': '__here.url', 'import.meta.dirname': '__dirname', 'Intl.Segmenter': '__Segmenter' },
  banner: { js: HEAD },
}

await build({
  ...options,
  entryPoints: present.map(([name, input]) => ({ in: input, out: name })),
  // a library of dbus-next's compiles WebAssembly for its divisions, of which there are none
  define: { ...options.define, WebAssembly: 'undefined' },
  // as the starter reads it
  charset: 'ascii',
  plugins: [
    smallAssert,
    {
      name: 'apart',
      setup: ({ onResolve }) =>
        onResolve({ filter: new RegExp(`^(${Object.keys(apart).join('|')})$`) }, ({ path }) => ({
          path: `./${path}.js`,
          external: true,
        })),
    },
  ],
})
// openpgp's AES makes its tables (1.3 MB) as soon as it is loaded; without an encrypted image nobody needs them.
const lazyTables = {
  name: 'lazy-tables',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/openpgp\.mjs$/ }, ({ path }) => {
      let found = 0
      const contents = readFileSync(path, 'utf8')
        .replace(/const (table\w+) = \/\* @__PURE__ \*\/ (genTtable\(.*\));/g, (_, name, made) => {
          found += 1
          return `let ${name}Made; const ${name} = () => (${name}Made ??= ${made});`
        })
        .replace(/ = (table(?:En|De)coding);/g, ' = $1();')
      if (found !== 2) throw new Error(`${path}: ${found} tables of AES found, not 2`)
      return { contents }
    }),
}
// Libraries look from the current directory for files of their own, which is wrong here, and fails where it was removed.
const ROOT = `const __cwd = () => '/';\n`
await build({
  ...options,
  define: { ...options.define, 'process.cwd': '__cwd' },
  banner: { js: HEAD + ROOT },
  entryPoints: Object.entries(apart).map(([name, input]) => ({ in: input, out: name })),
  // what imports a library's default gets all of what its file exports
  footer: { js: 'module.exports = module.exports.default ?? module.exports' },
  plugins: [smallAssert, lazyTables],
})

mkdirSync(out, { recursive: true })
writeFileSync(`${out}/package.json`, '{ "type": "commonjs" }\n')
// by their first line they are known
for (const [name] of present) {
  const program = readFileSync(`${out}/${name}.js`)
  writeFileSync(`${out}/${name}.js`, `//${createHash('sha256').update(program).digest('hex')}\n${program}`)
}

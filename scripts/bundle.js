// Bundles the two Node programs into dist/lib/appc, each as one CommonJS file behind a starter that gives V8 its compiled code.
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

// Libraries few commands need: a file of their own each, which only those commands read.
const apart = {
  openpgp: 'node_modules/openpgp/dist/node/openpgp.min.mjs',
  htmlparser2: 'node_modules/htmlparser2/dist/Parser.js',
}

// A library of yargs' makes Intl.Segmenter as soon as it is loaded, for help texts only: that takes ICU's data into memory (5 MB).
const HEAD = `
const __here = require('node:url').pathToFileURL(__filename).href;
class __Segmenter { segment(text) { return (this.made ??= new Intl.Segmenter()).segment(text) } }
`

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
  // dbus-next asks for them only on other transports and where descriptors are passed over the bus
  external: ['usocket', 'x11', 'event-stream'],
  logLevel: 'warning',
  define: { 'import.meta.url': '__here', 'import.meta.dirname': '__dirname', 'Intl.Segmenter': '__Segmenter' },
  banner: { js: HEAD },
}

await build({
  ...options,
  entryPoints: present.map(([name, input]) => ({ in: input, out: `${name}-main` })),
  // as the starter reads it
  charset: 'ascii',
  plugins: [
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
await build({ ...options, entryPoints: Object.entries(apart).map(([name, input]) => ({ in: input, out: name })) })

mkdirSync(out, { recursive: true })
writeFileSync(`${out}/package.json`, '{ "type": "commonjs" }\n')
const starter = readFileSync('scripts/starter.cjs', 'utf8')
for (const [name] of present) {
  const digest = createHash('sha256')
    .update(readFileSync(`${out}/${name}-main.js`))
    .digest('hex')
  writeFileSync(`${out}/${name}.js`, starter.replaceAll('@PROGRAM@', `${name}-main.js`).replace('@DIGEST@', digest))
}

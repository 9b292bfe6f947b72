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

// Libraries few commands need: a file of their own each, which only those commands read.
const apart = {
  openpgp: 'node_modules/openpgp/dist/node/openpgp.min.mjs',
  htmlparser2: 'node_modules/htmlparser2/dist/Parser.js',
}

// Few commands ask where they are in the words of a URL. A library of yargs' makes Intl.Segmenter as soon as it is loaded, for
// help texts only: that takes ICU's data into memory (5 MB).
const HEAD = `
const __here = { get url() { return require('node:url').pathToFileURL(__filename).href } };
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
  logLevel: 'warning',
  define: { 'import.meta.url': '__here.url', 'import.meta.dirname': '__dirname', 'Intl.Segmenter': '__Segmenter' },
  banner: { js: HEAD },
}

await build({
  ...options,
  entryPoints: present.map(([name, input]) => ({ in: input, out: name })),
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
// by their first line they are known
for (const [name] of present) {
  const program = readFileSync(`${out}/${name}.js`)
  writeFileSync(`${out}/${name}.js`, `//${createHash('sha256').update(program).digest('hex')}\n${program}`)
}

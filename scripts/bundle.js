// Bundles the two Node programs into dist/lib/appc, each as one CommonJS file behind a starter that turns on V8's code cache.
// CommonJS, because an ES module that imports from node:fs makes Node load every part of it, streams and all (10 ms).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const out = 'dist/lib/appc'
const programs = { stage0: 'dist/stage0/cli/main.js', stage1: 'dist/stage1/main.js' }
/** What is run once to fill the code cache: each fails early, with most of its modules loaded. */
const warmUp = { stage0: ['run', '/nonexistent.aci'], stage1: [] }

const present = Object.entries(programs).filter(([, input]) => existsSync(input))
for (const [name, input] of Object.entries(programs)) {
  if (!existsSync(input)) console.error(`bundle: ${input} is missing: no ${name}`)
}

await build({
  entryPoints: present.map(([name, input]) => ({ in: input, out: `${name}-main` })),
  outdir: out,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node24',
  minify: true,
  legalComments: 'none',
  // dbus-next asks for them only on other transports and where descriptors are passed over the bus
  external: ['usocket', 'x11', 'event-stream'],
  logLevel: 'warning',
  define: { 'import.meta.url': '__here', 'import.meta.dirname': '__dirname' },
  banner: { js: "const __here = require('node:url').pathToFileURL(__filename).href;" },
})

mkdirSync(out, { recursive: true })
writeFileSync(`${out}/package.json`, '{ "type": "commonjs" }\n')
rmSync(`${out}/cache`, { recursive: true, force: true })
for (const [name] of present) {
  writeFileSync(
    `${out}/${name}.js`,
    `require('node:module').enableCompileCache({ directory: __dirname + '/cache', portable: true });\nrequire('./${name}-main.js');\n`,
  )
  spawnSync(process.execPath, [`${out}/${name}.js`, ...warmUp[name]], { stdio: 'ignore' })
}

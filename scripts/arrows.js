import { readFileSync } from 'node:fs'
import { posix, relative } from 'node:path'

const ROOT = `${import.meta.dirname}/..`

/**
 * The dependency rules of ARCHITECTURE.md as a rule for eslint: which folder may import what, by
 * `import`, `export … from` and `import()`.
 */
export const arrowsRule = () => ruleOf(readArrows(readFileSync(`${ROOT}/ARCHITECTURE.md`, 'utf8')))

/**
 * Parses the table of folders and arrows: one row for each folder of stage0 and stage1 with what it
 * may import, and the only folder that may import a package. Errors: an Error where the third
 * column is not a list like "`stage0/{http,config}`, types of `#native`".
 */
export function readArrows(text) {
  const [, section = ''] = /^## Folders and arrows$(.*?)^## /ms.exec(text) ?? []
  const rows = new Map()
  const homes = new Map()
  for (const [, first = '', owns = '', third = ''] of section.matchAll(/^\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)) {
    for (const [, folder] of first.matchAll(/`(stage[01]\/[^`]*)`/g)) {
      rows.set(folder, arrowsOf(folder, third.trim()))
      for (const [, name] of owns.matchAll(/the only home of ([\w-]+)/g)) homes.set(name, folder)
    }
  }
  if (rows.size === 0) throw new Error('ARCHITECTURE.md: no table of folders and arrows')
  return { rows, homes }
}

/** The imports that a folder may have; each says whether it is for types only. */
function arrowsOf(folder, cell) {
  if (cell === 'nothing') return new Map()
  const [, all] = /^(?:everything in|all of) (stage[01])$/.exec(cell) ?? []
  if (all !== undefined) return new Map([`${all}/`, '#schema', '#native'].map((name) => [name, false]))
  const arrows = new Map()
  const rest = cell.replaceAll(/(types of )?`([^`]+)`(?:, |$)/g, (_, types, names) => {
    for (const name of spelledOut(names)) arrows.set(name, types !== undefined)
    return ''
  })
  if (rest === '' && arrows.size > 0) return arrows
  throw new Error(`ARCHITECTURE.md: ${folder} may import "${cell}": expected folders in backquotes with ", " between`)
}

/** Expands `stage0/{http,config}` to the two folders. */
function spelledOut(names) {
  const [, before, list, after] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(names) ?? []
  return list === undefined ? [names] : list.split(',').map((name) => `${before}${name}${after}`)
}

/**
 * The reason why a file may not import the specifier; null if it may. `file` is its path in the
 * repository.
 */
export function refusal({ rows, homes }, file, specifier, typesOnly = false) {
  if (!/^stage[01]\//.test(file)) return null
  const from = folderOf(rows, file)
  if (from === null) return `${posix.dirname(file)} has no row in ARCHITECTURE.md, Folders and arrows`
  const arrows = rows.get(from)
  const refused = (target) => `${from} may not import ${target} (ARCHITECTURE.md, Folders and arrows)`
  const path = /^\.{1,2}\//.test(specifier) ? posix.join(posix.dirname(file), specifier) : null
  if (path === null && !specifier.startsWith('#')) {
    const home = homes.get(specifier.split('/')[0])
    return arrows.size === 0 || (home !== undefined && home !== from) ? refused(specifier) : null
  }
  if (path?.startsWith('node_modules/')) return refusal({ rows, homes }, file, path.slice('node_modules/'.length))
  const to = path === null ? specifier.split('/')[0] : folderOf(rows, path)
  if (to === from) return null
  // Other folders may import it by that name only.
  if (to === 'stage0/schema') return refused(`${specifier}: it is #schema`)
  if (to === 'stage0/*.ts' && from.startsWith('stage0/') && arrows.size > 0) return null
  const everything = path === null ? undefined : arrows.get(path.replace(/\/.*/, '/'))
  const types = arrows.get(to) ?? everything
  if (types === undefined) return refused(to ?? specifier)
  return types && !typesOnly ? refused(`more than types of ${to}`) : null
}

/** The row for a file: that of its folder, or of the nearest parent folder. */
function folderOf(rows, path) {
  const top = posix.dirname(path)
  for (let folder = top; folder.includes('/'); folder = posix.dirname(folder)) if (rows.has(folder)) return folder
  return rows.has(`${top}/*.ts`) ? `${top}/*.ts` : null
}

/** The rule for eslint. */
export const ruleOf = (arrows) => ({
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(ROOT, context.filename)
    const check = (node, source, typesOnly) => {
      if (source === null || source === undefined) return
      const message =
        typeof source.value === 'string'
          ? refusal(arrows, file, source.value, typesOnly)
          : 'what is imported must be written out, so that it can be checked'
      if (message !== null) context.report({ node, message })
    }
    return {
      ImportDeclaration: (node) => check(node, node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, node.source, false),
      TSImportType: (node) => check(node, node.source ?? node.argument?.literal, true),
    }
  },
})

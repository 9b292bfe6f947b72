import { acIdentifier } from './ac-identifier.js'
import { list, type Parser, text, type Place } from './check.js'
import { object, required, unique } from './check-object.js'

/** A name with any value. */
export interface Label {
  readonly name: string
  readonly value: string
}

/** The architectures of each operating system in the specification (SPEC M3). */
export const OS_ARCH: Readonly<Record<string, readonly string[]>> = {
  linux: ['amd64', 'i386', 'aarch64', 'aarch64_be', 'armv6l', 'armv7l', 'armv7b', 'ppc64', 'ppc64le', 's390x'],
  freebsd: ['amd64', 'i386', 'arm'],
  darwin: ['x86_64', 'i386'],
}

/**
 * A value without control characters: labels are shown on terminals, which interpret them as
 * commands.
 */
const labelValue: Parser<string> = (value, at) => {
  const string = text(value, at)
  return string !== null && /\p{Cc}/u.test(string) ? at.fault('holds a control character') : string
}

/**
 * SPEC M2, M3: unique AC Identifiers except `name`; `os` and `arch` are a known pair; values have
 * no control characters.
 */
export const labels = list(
  object<Label>({ name: required(acIdentifier), value: required(labelValue) }),
  checkNotName,
  unique((name) => `duplicate labels of name ${JSON.stringify(name)}`),
  checkPlatform,
)

function checkNotName(items: readonly Label[], at: Place): void {
  for (const [index, { name }] of items.entries()) {
    if (name === 'name')
      at.item(index).field('name').fault('a label cannot be called "name"', 'invalid label name: "name"')
  }
}

function checkPlatform(items: readonly Label[], at: Place): void {
  const place = (name: string) => at.item(items.findIndex((item) => item.name === name)).field('value')
  const os = valueOf(items, 'os')
  const arch = valueOf(items, 'arch')
  if (os === undefined) {
    if (arch !== undefined) place('arch').note('arch means nothing without os')
    return
  }
  const architectures = Object.hasOwn(OS_ARCH, os) ? OS_ARCH[os] : undefined
  if (architectures === undefined) {
    const systems = Object.keys(OS_ARCH).sort()
    place('os').fault(
      `expected ${systems.join(', ')}, got ${JSON.stringify(os)}`,
      `bad os ${JSON.stringify(os)} (must be one of: [${systems.join(' ')}])`,
    )
  } else if (arch !== undefined && !architectures.includes(arch)) {
    place('arch').fault(
      `expected one of ${architectures.join(', ')} for ${os}, got ${JSON.stringify(arch)}`,
      `bad arch ${JSON.stringify(arch)} for ${os} (must be one of: [${architectures.join(' ')}])`,
    )
  }
}

/** The values by name; each name occurs once. */
export const labelMap = (items: readonly Label[] = []): ReadonlyMap<string, string> =>
  new Map(items.map(({ name, value }) => [name, value]))

/** The value of the item of that name. */
export const valueOf = (items: readonly Label[] | undefined, name: string): string | undefined =>
  items?.find((item) => item.name === name)?.value

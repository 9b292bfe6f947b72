import { describe, isObject, list, oneOf, type Parser, type Place, text } from '#schema/check.js'
import { object, required } from '#schema/check-object.js'
import type { Kind } from './documents.js'

/** A file of auth.d: the credentials for some servers. */
export interface Auth {
  /** `host` or `host:port`, in the form of URL.host. */
  readonly domains: readonly string[]
  readonly credentials: Credentials
}

export type Credentials =
  | { readonly type: 'basic'; readonly user: string; readonly password: string }
  | { readonly type: 'oauth'; readonly token: string }

/** The value of the header `Authorization`. */
export const authorizationOf = (credentials: Credentials): string =>
  credentials.type === 'oauth'
    ? `Bearer ${credentials.token}`
    : `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`

const MASK = '********'

/** Credentials for display: the user name is shown, secrets are masked. */
export const maskCredentials = (credentials: Credentials): Readonly<Record<string, string>> =>
  credentials.type === 'oauth' ? { token: MASK } : { user: credentials.user, password: MASK }

/**
 * Parses a host with an optional port into the form of a URL: lower case, and no port if it is 443.
 */
const domain: Parser<string> = (value, at) => {
  const name = text(value, at)
  if (name === null) return null
  const url = URL.parse(`https://${name}/`)
  const isBare = /^[^/?#@\\\s]+$/.test(name)
  return isBare && url !== null ? url.host : at.fault(`expected host or host:port, got ${describe(name)}`)
}

/** Parses a secret string: no error message contains its value. */
const secret =
  (pattern: RegExp, expected: string): Parser<string> =>
  (value, at) => {
    if (typeof value !== 'string') return at.fault('expected a string')
    if (value === '') return at.fault('empty')
    return pattern.test(value) ? value : at.fault(`expected ${expected}`)
  }

const user = secret(/^[^:\p{Cc}]+$/u, 'a name without ":" and control characters')
const password = secret(/^\P{Cc}+$/u, 'a password without control characters')
const token = secret(/^[\x21-\x7e]+$/, 'a token of visible ASCII characters')

const basic = object<{ user: string; password: string }>({ user: required(user), password: required(password) })
const oauth = object<{ token: string }>({ token: required(token) })

const TYPES = ['basic', 'oauth'] as const

const parser: Parser<Auth> = (value, at) => {
  const fields = isObject(value) ? value : {}
  const domains = requiredField(fields, 'domains', list(domain, checkDomains), at)
  const type = requiredField(fields, 'type', oneOf(TYPES, String), at)
  if (domains === null || type === null) return null
  const credentials = requiredField(fields, 'credentials', type === 'basic' ? basicOf : oauthOf, at)
  return credentials === null ? null : { domains, credentials }
}

function requiredField<T>(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  parse: Parser<T>,
  at: Place,
): T | null {
  const place = at.field(name)
  return fields[name] === undefined ? place.fault('missing') : parse(fields[name], place)
}

const basicOf: Parser<Credentials> = (value, at) => {
  const fields = objectWithSecrets(basic)(value, at)
  return fields === null ? null : { type: 'basic', user: fields.user, password: fields.password }
}

const oauthOf: Parser<Credentials> = (value, at) => {
  const fields = objectWithSecrets(oauth)(value, at)
  return fields === null ? null : { type: 'oauth', token: fields.token }
}

/**
 * Parses an object of secrets. If the value is no object, the error does not show it: a string in
 * this place may be the secret itself.
 */
const objectWithSecrets =
  <T>(parse: Parser<T>): Parser<T> =>
  (value, at) =>
    isObject(value) ? parse(value, at) : at.fault('expected an object')

function checkDomains(domains: readonly string[], at: Place): void {
  if (domains.length === 0) at.fault('empty')
  const duplicate = domains.find((name, index) => domains.indexOf(name) !== index)
  if (duplicate !== undefined) at.fault(`${describe(duplicate)} twice`)
}

export const AUTH: Kind<Auth> = { directory: 'auth.d', name: 'auth', ignored: ['dockerAuth'], parser, secret: true }

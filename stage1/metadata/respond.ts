import type { Annotation } from '#schema/annotations.js'
import type { MetadataFacts } from '#schema/metadata-facts.js'
import { parseForm } from './form.js'
import { isEqual, type Signer } from './signer.js'

/** A complete request. */
export interface MetadataRequest {
  readonly method: string
  /** As in the request line, with the token. */
  readonly target: string
  readonly body: Buffer
}

/** The answer to a request. */
export interface MetadataResponse {
  readonly status: number
  readonly type: string
  readonly body: string
  /** The methods that the resource has, where the request uses another one. */
  readonly allow?: string
  /** The requested path for the journal: without the token, which is a secret. */
  readonly subject: string
}

/** The pod for which a service answers. */
export interface MetadataPod {
  readonly token: string
  readonly facts: MetadataFacts
  readonly signer: Signer
}

/** The end of every URL of the metadata service (SPEC, App Container Metadata Service). */
const VERSION = '/acMetadata/v1'

const JSON_TYPE = 'application/json'
export const TEXT_TYPE = 'text/plain; charset=us-ascii'

type Body = Omit<MetadataResponse, 'subject'>

/** A resource below {@link VERSION}; `name` and `key` are what its pattern captures. */
interface Route {
  readonly pattern: RegExp
  readonly method: 'GET' | 'POST'
  readonly respond: (pod: MetadataPod, body: Buffer, name: string, key: string) => Body
}

/** The resources (S2 to S4). */
const ROUTES: readonly Route[] = [
  {
    pattern: /^\/pod\/annotations\/?$/,
    method: 'GET',
    respond: ({ facts }) => json(annotationsOf(facts)),
  },
  {
    pattern: /^\/pod\/annotations\/([a-z0-9./~_-]+)$/,
    method: 'GET',
    respond: ({ facts }, _, name) => annotation(annotationsOf(facts), name),
  },
  {
    pattern: /^\/pod\/manifest$/,
    method: 'GET',
    respond: ({ facts }) => json({ ...facts.manifest, annotations: annotationsOf(facts) }),
  },
  { pattern: /^\/pod\/uuid$/, method: 'GET', respond: ({ facts }) => text(facts.uuid) },
  { pattern: /^\/pod\/hmac\/sign$/, method: 'POST', respond: ({ signer }, body) => sign(signer, body) },
  { pattern: /^\/pod\/hmac\/verify$/, method: 'POST', respond: ({ signer }, body) => verify(signer, body) },
  {
    pattern: /^\/apps\/([a-z0-9-]+)\/annotations\/?$/,
    method: 'GET',
    respond: ({ facts }, _, app) => ofApp(facts, app, (annotations) => json(annotations)),
  },
  {
    pattern: /^\/apps\/([a-z0-9-]+)\/annotations\/([a-z0-9./~_-]+)$/,
    method: 'GET',
    respond: ({ facts }, _, app, name) => ofApp(facts, app, (annotations) => annotation(annotations, name)),
  },
  {
    pattern: /^\/apps\/([a-z0-9-]+)\/image\/manifest$/,
    method: 'GET',
    respond: ({ facts }, _, app) => ofApp(facts, app, (__, { manifest }) => json(manifest)),
  },
  {
    pattern: /^\/apps\/([a-z0-9-]+)\/image\/id$/,
    method: 'GET',
    respond: ({ facts }, _, app) => ofApp(facts, app, (__, { id }) => text(id)),
  },
]

/**
 * Answers a request (S1 to S6): 401 where the token is not that of the pod, 404 where the pod has
 * no such resource, 405 for another method, 400 for a form without the fields. The path is used as
 * it is, without any decoding: a resource has exactly one name.
 */
export function respond(pod: MetadataPod, { method, target, body }: MetadataRequest): MetadataResponse {
  const [, token = '', path = ''] = /^(?:http:\/\/[^/?]*)?\/([^/?]*)([^?]*)/i.exec(target) ?? []
  // A request without the token gets the same answer for every path.
  if (!isEqual(token, pod.token)) return { ...failure(401, 'the URL has not the token of this pod'), subject: '-' }
  return { ...resource(pod, method, path, body), subject: path.replaceAll(pod.token, 'TOKEN') }
}

function resource(pod: MetadataPod, method: string, path: string, body: Buffer): Body {
  const below = path.startsWith(`${VERSION}/`) ? path.slice(VERSION.length) : ''
  for (const route of ROUTES) {
    const match = route.pattern.exec(below)
    if (match === null) continue
    const methods = route.method === 'GET' ? ['GET', 'HEAD'] : ['POST']
    if (methods.includes(method)) return route.respond(pod, body, match[1] ?? '', match[2] ?? '')
    return { ...failure(405, `use ${route.method}`), allow: methods.join(', ') }
  }
  return failure(404, 'no such resource')
}

/**
 * The annotations of the pod. The manifest has them even where there are none: a client that
 * compares both answers must find no difference (the ACE validator does).
 */
const annotationsOf = ({ manifest }: MetadataFacts): readonly Annotation[] => manifest.annotations ?? []

type MetadataImage = MetadataFacts['images'][string]

/** The answer about one app: from its annotations (S3) and its image; 404 where there is none. */
function ofApp(
  { manifest, images }: MetadataFacts,
  name: string,
  answer: (annotations: readonly Annotation[], image: MetadataImage) => Body,
): Body {
  const app = manifest.apps.find((candidate) => candidate.name === name)
  const image = Object.hasOwn(images, name) ? images[name] : undefined
  if (app === undefined || image === undefined) return failure(404, 'the pod has no such app')
  return answer(merge(image.manifest.annotations ?? [], app.annotations ?? []), image)
}

/** Annotations of the pod manifest replace those of the image that have the same name. */
function merge(image: readonly Annotation[], app: readonly Annotation[]): readonly Annotation[] {
  const merged = new Map([...image, ...app].map(({ name, value }) => [name, value]))
  return Array.from(merged, ([name, value]) => ({ name, value }))
}

function annotation(annotations: readonly Annotation[], name: string): Body {
  const value = annotations.find((candidate) => candidate.name === name)?.value
  if (value === undefined) return failure(404, 'no such annotation')
  // A value may be any text.
  return { status: 200, type: 'text/plain; charset=utf-8', body: value }
}

function sign(signer: Signer, body: Buffer): Body {
  const content = parseForm(body)?.get('content')
  return content === undefined ? failure(400, 'the form needs the field content') : text(signer.sign(content))
}

function verify(signer: Signer, body: Buffer): Body {
  const form = parseForm(body)
  const [content, uuid, signature] = ['content', 'uuid', 'signature'].map((name) => form?.get(name))
  if (content === undefined || uuid === undefined || signature === undefined)
    return failure(400, 'the form needs the fields content, uuid and signature')
  const isValid = signer.verify(content, uuid.toString('latin1'), signature.toString('latin1'))
  return isValid ? text('') : failure(403, 'that pod has not signed this content')
}

const json = (value: unknown): Body => ({ status: 200, type: JSON_TYPE, body: JSON.stringify(value) })
const text = (body: string): Body => ({ status: 200, type: TEXT_TYPE, body })

/** The answer to a request that fails: one line that says why. */
const failure = (status: number, reason: string): Body => ({ status, type: TEXT_TYPE, body: `${reason}\n` })

import { acIdentifier } from './ac-identifier.js'
import { acName } from './ac-name.js'
import { annotations, type Annotation } from './annotations.js'
import { app, type App } from './app.js'
import { flag, list } from './check.js'
import { object, optional, required, unique } from './check-object.js'
import { imageID } from './image-id.js'
import { labels, type Label } from './labels.js'
import { mounts, type Mount } from './mount.js'

/** The image of an app in a pod (SPEC P2), identified by its ID. */
export interface RuntimeImage {
  readonly id: string
  readonly name?: string
  readonly labels?: readonly Label[]
}

/** One app of a pod (SPEC P3…P5). */
export interface RuntimeApp {
  readonly name: string
  readonly image: RuntimeImage
  /** If present, it replaces the image's own `app` completely. */
  readonly app?: App
  /** Default false. */
  readonly readOnlyRootFS?: boolean
  readonly mounts?: readonly Mount[]
  /** They override the image's annotations of the same names. */
  readonly annotations?: readonly Annotation[]
}

const runtimeImage = object<RuntimeImage>({
  id: required(imageID),
  name: optional(acIdentifier),
  labels: optional(labels),
})

export const runtimeApps = list(
  object<RuntimeApp>({
    name: required(acName),
    image: required(runtimeImage),
    app: optional(app),
    readOnlyRootFS: optional(flag),
    mounts: optional(mounts),
    annotations: optional(annotations),
  }),
  unique((name) => `duplicate apps of name ${JSON.stringify(name)}`),
)

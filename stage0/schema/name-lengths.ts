/**
 * Maximum length of an app's name. A unit name (`appc-POD-APP.service`) has at most 255 characters.
 * systemd writes a unit's journal fields to a file `log-extra-fields:UNIT`, through a temporary
 * file whose name has 8 characters more: with a longer app name, that file fails and the app's
 * output cannot be found. This leaves 152 characters besides a pod name's 64, the maximum length of
 * a host name.
 */
export const MAX_APP_NAME = 150
/** Maximum length of a volume's name: an `empty` volume is a directory of this name. */
export const MAX_VOLUME_NAME = 255

/** A name for messages; only its beginning if it is long. */
export const abbreviate = (name: string): string => (name.length > 64 ? `${name.slice(0, 40)}…` : name)

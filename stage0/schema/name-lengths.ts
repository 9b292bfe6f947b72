/**
 * The longest names of a pod's parts. A unit's name (`appc-POD-APP.service`) has at most 255 letters, and systemd notes the journal fields of
 * one in a file `log-extra-fields:UNIT`, which begins as a temporary one of 8 letters more: of an app with a longer name no output is
 * found. That leaves 152 beside a pod's 64, which is as long as a host's name may be.
 */
export const LONGEST_APP_NAME = 150
/** A volume that is made for a pod is a directory of this name. */
export const LONGEST_VOLUME_NAME = 255

/** A name in a message: its beginning, where it is too long to be shown. */
export const shown = (name: string): string => (name.length > 64 ? `${name.slice(0, 40)}…` : name)

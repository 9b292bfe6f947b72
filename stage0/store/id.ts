/** Whether a text is a full image ID (T5). */
export const isImageID = (text: string): boolean => /^sha512-[0-9a-f]{128}$/.test(text)

/** The short form for people: `sha512-` and 12 hex digits. */
export const shortID = (id: string): string => id.slice(0, 'sha512-'.length + 12)

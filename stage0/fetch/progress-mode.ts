/** How downloads are told of, on stderr. */
export const PROGRESS_MODES = ['plain', 'json', 'none'] as const
export type ProgressMode = (typeof PROGRESS_MODES)[number]

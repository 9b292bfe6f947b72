/** The forms in which stderr reports the progress of downloads. */
export const PROGRESS_MODES = ['plain', 'json', 'none'] as const
export type ProgressMode = (typeof PROGRESS_MODES)[number]

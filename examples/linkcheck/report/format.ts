/** The forms in which a report can be had. */
export const formats = ['text', 'json', 'junit', 'html'] as const

/** One of them. */
export type Format = (typeof formats)[number]

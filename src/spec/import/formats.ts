/** Apart from the importers, so that the command line can name them without loading any. */
export const IMPORT_FORMATS = ["shotstack", "json2video", "editly", "short-video-maker"] as const;

export type ImportFormat = (typeof IMPORT_FORMATS)[number];

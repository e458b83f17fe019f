/** What the renderer leaves before a film's first word, `AIR_SECONDS` there; a test holds the two equal. */
export const AIR_SECONDS = 0.5;

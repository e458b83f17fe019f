/** Letters that are safe in file names everywhere. A file of its own: the console knows it without the whole schema. */
export const SCENE_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

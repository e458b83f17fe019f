import { MEDIA_EXTENSIONS } from "../media-names.ts";

export const IMAGE_EXTENSIONS = MEDIA_EXTENSIONS.image;
export const AUDIO_EXTENSIONS = [...MEDIA_EXTENSIONS.audio, "aac", "opus"];
export const SUBTITLE_EXTENSIONS = MEDIA_EXTENSIONS.subtitles;
export const VIDEO_EXTENSIONS = ["mp4", "m4v", "mov", "mkv", "webm"];

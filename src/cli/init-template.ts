import { shellWord } from "./text/shell-word.ts";

/**
 * What `init` writes into an empty folder. It parses as it stands; its files are for the user to bring.
 * @param folder as the user gave it: the commands in it can be typed where `init` was
 */
export function initTemplate(folder: string): string {
  const word = shellWord(folder);
  return `# A production: scenes in, finished narrated film out. Paths are relative to this file.
#   npx reelburst validate ${word}   checks it
#   npx reelburst plan ${word}       shows its timeline
#   npx reelburst render ${word}     makes the film
version: 1
title: My first film

# output:
#   aspect: "16:9"      # or 9:16, 1:1, 4:5
#   resolution: 1080p   # or 720p, 1440p, 4k

scenes:
  - id: scene_001
    image: images/scene_001.png       # .png .jpg .webp .avif
    audio: audio/scene_001.mp3        # the scene is as long as its narration
    # subtitles: audio/scene_001.srt  # burned in as captions

  # A scene without narration states how long it is.
  - id: scene_002
    image: images/scene_002.png
    duration: 4

# soundtrack: music.mp3   # under the narration
`;
}

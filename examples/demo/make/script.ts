/** What is said and shown in each scene. One line = one sentence of speech and its captions. */

export interface Line {
  /** Spoken, word by word as captioned. */
  readonly text: string;
  /** Said instead, for words that Flite gets wrong; the same number of words. */
  readonly say?: string;
  /** Caption cues in order, cut from `text` (joined by spaces they are `text`). `|` marks a line break. */
  readonly cues: readonly string[];
  /** Chinese captions, one for each of `cues`. */
  readonly chinese?: readonly string[];
}

export interface NarratedScene {
  readonly id: string;
  /** Narration file; its ending chooses the format. */
  readonly audio: string;
  /** Captions file: .srt, .vtt or word timings in .json. */
  readonly captions: string;
  readonly lines: readonly Line[];
}

export const SCENES: readonly NarratedScene[] = [
  {
    id: "gold",
    audio: "gold.m4a",
    captions: "gold.srt",
    lines: [
      {
        text: "Every evening, the light leaves in the same order.",
        cues: ["Every evening, the light leaves|in the same order."],
      },
      { text: "Gold goes first.", cues: ["Gold goes first."] },
    ],
  },
  {
    id: "scatter",
    audio: "scatter.mp3",
    captions: "scatter.vtt",
    lines: [
      {
        text: "A low sun shines through almost forty times more air.",
        cues: ["A low sun shines through|almost forty times more air."],
      },
      {
        text: "The blue is scattered on the way, and red is what arrives.",
        cues: ["The blue is scattered on the way,", "and red is what arrives."],
      },
    ],
  },
  {
    id: "ridges",
    audio: "ridges.flac",
    captions: "ridges.srt",
    lines: [
      {
        text: "Far mountains look blue for the same reason.",
        cues: ["Far mountains look blue|for the same reason."],
      },
      { text: "The air in front of them is glowing.", cues: ["The air in front of them is glowing."] },
    ],
  },
  {
    id: "harbour",
    audio: "harbour.m4a",
    captions: "harbour.json",
    lines: [
      {
        text: "Then the sun is gone, and the sky turns a deep, even blue.",
        cues: ["Then the sun is gone, and the sky turns a deep, even blue."],
      },
      { text: "Photographers call it the blue hour.", cues: ["Photographers call it the blue hour."] },
    ],
  },
  {
    id: "ink",
    audio: "ink.mp3",
    captions: "ink.srt",
    lines: [
      {
        text: "Ink painters knew it well. Distance is the same ink, with more water.",
        cues: ["Ink painters knew it well.", "Distance is the same ink, with more water."],
        chinese: ["水墨画家早已明白：", "远山只是同一种墨，|多加了一点水。"],
      },
      { text: "The mist does the rest.", cues: ["The mist does the rest."], chinese: ["其余的，交给雾。"] },
    ],
  },
  {
    id: "window",
    audio: "window.m4a",
    captions: "window.srt",
    lines: [
      {
        text: "Down in the city, the lamps come on, and the rain turns each of them into a hundred.",
        cues: ["Down in the city, the lamps come on,", "and the rain turns each of them into a hundred."],
        chinese: ["城里，灯一盏接一盏地亮起，", "雨水又把每一盏|变成一百盏。"],
      },
    ],
  },
  {
    id: "stars",
    audio: "stars.wav",
    captions: "stars.srt",
    lines: [
      {
        text: "And when the last blue lets go, there is everything that was up there all day.",
        cues: ["And when the last blue lets go,", "there is everything|that was up there all day."],
      },
    ],
  },
];

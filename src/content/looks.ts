import { digestOf } from "../support/hash.ts";
import type { Look } from "./script.ts";

/** One for a film. Backgrounds are deep or pale enough for the cards' letters; accents stand out at 4.5:1 and more. */
const LOOKS: Readonly<Record<Look["theme"], readonly Look[]>> = {
  dark: [
    { theme: "dark", background: "#15171f", accent: "#ffb224" },
    { theme: "dark", background: "#0e2a25", accent: "#7fe0b8" },
    { theme: "dark", background: "#10223c", accent: "#86c5ff" },
    { theme: "dark", background: "#2b1831", accent: "#ff9fc6" },
    { theme: "dark", background: "#2c1c14", accent: "#ffb673" },
    { theme: "dark", background: "#0d2b34", accent: "#66d6d8" },
  ],
  light: [
    { theme: "light", background: "#f2ede3", accent: "#b83a0a" },
    { theme: "light", background: "#e6ecf1", accent: "#1a5a9e" },
    { theme: "light", background: "#e5ece1", accent: "#27703f" },
    { theme: "light", background: "#f3e6e2", accent: "#a81f53" },
  ],
};

/** The same title has the same look every time, other titles mostly another. */
export function lookOf(title: string, theme: Look["theme"]): Look {
  const looks = LOOKS[theme];
  return looks[Number.parseInt(digestOf(title).slice(0, 8), 16) % looks.length] as Look;
}

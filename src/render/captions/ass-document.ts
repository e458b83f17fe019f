import type { Dialogue } from "./ass-drawing.ts";
import type { FrameSize } from "./layout.ts";

/** Longer than any film, so that time 0 is safely inside. */
const END = "9:00:00.00";

/**
 * A whole ASS script that shows these dialogues from 0 s on. Its coordinates are the frame's pixels; wrapping
 * is off: every line is placed by us. Encoding -1 lets libass find each line's own direction (Arabic, Hebrew).
 *
 * @param family a font that is there when the script is drawn, so that libass never looks for another
 */
export function assDocument(frame: FrameSize, family: string, dialogues: readonly Dialogue[]): string {
  const events = dialogues.map(
    ({ layer, text }) => `Dialogue: ${layer},0:00:00.00,${END},Caption,,0,0,0,,${text}`,
  );
  return `[Script Info]
ScriptType: v4.00+
PlayResX: ${frame.width}
PlayResY: ${frame.height}
LayoutResX: ${frame.width}
LayoutResY: ${frame.height}
WrapStyle: 2
ScaledBorderAndShadow: yes
Kerning: yes
YCbCr Matrix: None

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Caption,${family},48,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,8,0,0,0,-1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
${events.join("\n")}
`;
}

/** A caption as the renderer draws it: the same numbers, in em, that its styles are made of. */
import { useEffect, useState } from "preact/hooks";
import { type CaptionStyle, styleFor } from "../../../../src/render/captions/styles/caption-styles.ts";
import { captionLines } from "./caption-lines.ts";
import type { Options } from "./document.ts";

/** Colours of the format's defaults. */
const HIGHLIGHT = "#ffb224";
const WORD_MS = 420;
const WORDS_AT_A_TIME = 2;

const WEIGHTS = { regular: 400, medium: 500, semibold: 600, heavy: 800 } as const;

export function CaptionPreview(props: {
  readonly style: Options["captions"];
  readonly position: Options["position"];
  readonly text: string;
  readonly isStill?: boolean;
}) {
  const style = styleFor(props.style);
  const lines = captionLines(props.text, style.lineUnits);
  const words = lines.flat();
  const spoken = useSpoken(words.length, style.pace !== "cue" && props.isStill !== true);
  if (props.style === "none") return null;
  const group = Math.floor(spoken / WORDS_AT_A_TIME) * WORDS_AT_A_TIME;
  const shown = style.pace === "words" ? [words.slice(group, group + WORDS_AT_A_TIME)] : lines;
  return (
    <div class={`caption ${props.position}`}>
      <p style={lookOf(style, props.text, props.isStill === true)}>
        {shown.map((line, row) => (
          <span key={row}>
            {row === 0 ? "" : "\n"}
            {line.map((word, index) => {
              const place = index + (row === 0 ? 0 : (shown[0]?.length ?? 0));
              const isSpoken = style.pace === "spoken" && place === spoken;
              return (
                <span key={index} style={isSpoken ? { color: HIGHLIGHT } : undefined}>
                  {index === 0 ? word : ` ${word}`}
                </span>
              );
            })}
          </span>
        ))}
      </p>
    </div>
  );
}

function lookOf(style: CaptionStyle, text: string, isTile: boolean): Record<string, string> {
  const isCjk = /[\u3040-\u30ff\u3400-\u9fff]/.test(text);
  const { shadow } = style;
  return {
    // A tile shows letters, not a frame: there they are as large as can be read.
    fontSize: isTile ? `${10 + 3 * style.scale}px` : `${(isCjk ? 4.6 : 4.4) * style.scale}cqmin`,
    fontWeight: String(WEIGHTS[style.weight]),
    ...(style.box
      ? { background: "rgb(0 0 0 / 55%)", padding: "0.36em 0.56em", borderRadius: "0.34em" }
      : {}),
    ...(style.outlineEm > 0
      ? { webkitTextStroke: `${style.outlineEm * 2}em #000`, paintOrder: "stroke fill" }
      : {}),
    ...(shadow === null
      ? {}
      : {
          textShadow: `0 ${shadow.offsetEm}em ${shadow.blurEm + shadow.spreadEm}em rgb(0 0 0 / ${shadow.opacity})`,
        }),
  };
}

/** Which word is being spoken; the first, for who wants no motion. */
function useSpoken(words: number, moves: boolean): number {
  const [spoken, setSpoken] = useState(0);
  useEffect(() => {
    if (!moves || words === 0 || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const timer = setInterval(() => setSpoken((before) => (before + 1) % words), WORD_MS);
    return () => clearInterval(timer);
  }, [words, moves]);
  return moves ? spoken : 0;
}

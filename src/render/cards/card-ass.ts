import { assDocument } from "../captions/ass-document.ts";
import { assColor, type Dialogue, escapeAssText, pixels, roundedPath } from "../captions/ass-drawing.ts";
import type { FrameSize } from "../captions/layout.ts";
import type { CardLine, CardShape, PlacedCard } from "./card-plan.ts";

const SHAPE_LAYER = 0;
const TEXT_LAYER = 1;
const ALIGNMENT = { left: 7, center: 8, right: 9 } as const;

/** @param family a font that is there when the card is drawn */
export function cardAss({ lines, shapes }: PlacedCard, frame: FrameSize, family: string): string {
  const dialogues: Dialogue[] = [
    ...shapes.map((shape) => ({ layer: SHAPE_LAYER, text: drawShape(shape, family) })),
    ...lines.map((line) => ({ layer: TEXT_LAYER, text: drawLine(line) })),
  ];
  return assDocument(frame, family, dialogues);
}

function drawShape(shape: CardShape, family: string): string {
  const tags = `\\an7\\pos(${pixels(shape.x)},${pixels(shape.y)})\\fn${family}\\1c${assColor(shape.color)}`;
  return `{${tags}\\bord0\\p1}${roundedPath(shape)}{\\p0}`;
}

function drawLine(line: CardLine): string {
  // libass places a line by its tallest run's ascender.
  const ascender = Math.max(
    0,
    ...line.runs.map(({ face }) => (face.info.assAscender / face.info.unitsPerEm) * line.emPixels),
  );
  const place = `\\an${ALIGNMENT[line.anchor]}\\pos(${pixels(line.x)},${pixels(line.baselineY - ascender)})`;
  const tracking = line.tracking === 0 ? "" : `\\fsp${pixels(line.tracking)}`;
  const runs = line.runs.map(({ face, text }) => {
    const { family, unitsPerEm, assAscender, assDescender } = face.info;
    const size = (line.emPixels * (assAscender + assDescender)) / unitsPerEm;
    return `{\\fn${family}\\fs${pixels(size)}}${escapeAssText(text)}`;
  });
  return `{${place}\\1c${assColor(line.color)}\\bord0\\shad0${tracking}}${runs.join("")}`;
}

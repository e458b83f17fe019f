import type { ProductionEvent } from "../../produce/events.ts";
import type { Heading } from "../present/presenter.ts";
import { createScreen } from "../present/screen.ts";
import { createStyle } from "../present/style.ts";
import type { VirtualTerminal } from "./virtual-terminal.ts";

export const HEADING: Heading = { title: "The harbour at night", width: 1920, height: 1080, fps: 30 };

export function openScreen(
  terminal: VirtualTerminal,
  { heading = HEADING, color = false, detail = "full" as "full" | "brief" } = {},
) {
  let nowMs = 0;
  let tick = (): void => {};
  let isTicking = false;
  const presenter = createScreen(heading, {
    stream: terminal,
    style: createStyle(color),
    now: () => nowMs,
    every: (_milliseconds, callback) => {
      isTicking = true;
      tick = callback;
      return () => {
        isTicking = false;
      };
    },
    detail,
    keepsChunks: true,
  });
  return {
    presenter,
    /** Plays events a tenth of a second apart, with a redraw after each. */
    play: (...events: ProductionEvent[]) => {
      for (const event of events) {
        nowMs += 100;
        presenter.event(event);
        tick();
      }
    },
    wait: (milliseconds: number) => {
      nowMs += milliseconds;
    },
    isTicking: () => isTicking,
  };
}

export function planned(ids: readonly string[], framesEach = 240): ProductionEvent {
  const scenes = ids.map((id) => ({ id, frames: framesEach, seconds: framesEach / 30, chunks: 2 }));
  const totalFrames = ids.length * framesEach;
  return {
    type: "planned",
    totalFrames,
    seconds: totalFrames / 30,
    chunks: ids.length * 2,
    cachedChunks: 3,
    slots: 2,
    scenes,
  };
}

export function scene(
  id: string,
  framesRendered: number,
  changes: Partial<Extract<ProductionEvent, { type: "scene" }>> = {},
): ProductionEvent {
  return {
    type: "scene",
    id,
    status: "active",
    framesRendered,
    framesTotal: 240,
    attempt: 1,
    cached: false,
    ...changes,
  };
}

export const RENDERING: ProductionEvent = { type: "state", state: "rendering" };

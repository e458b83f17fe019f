import type { ProductionEvent } from "../../produce/events.ts";
import { FrameWriter } from "./frame-writer.ts";
import {
  drawingWidth,
  type Heading,
  type Presenter,
  type PresenterTools,
  stoppingText,
} from "./presenter.ts";
import { noticeLines } from "./problems.ts";
import { RenderView } from "./render-view.ts";
import { screenLines } from "./screen-lines.ts";
import { closingLines, unseenNotices } from "./summary.ts";

/** Ten a second look alive; more only cost the terminal time that rendering needs. */
const REDRAW_MS = 100;

/** One screen that redraws in place, for a terminal. */
export function createScreen(heading: Heading, tools: PresenterTools): Presenter {
  const { stream, style } = tools;
  const view = new RenderView();
  const writer = new FrameWriter(stream);
  const startedMs = tools.now();
  let isDirty = true;
  let isClosed = false;

  const draw = (): void => {
    isDirty = false;
    writer.draw(
      screenLines(heading, view, { width: drawingWidth(stream), height: (stream.rows ?? 24) - 1 }, style),
    );
  };
  const stopTimer = tools.every(REDRAW_MS, () => {
    if (isDirty && !isClosed) draw();
  });
  const print = (lines: readonly string[]): void => {
    if (lines.length > 0) stream.write(`${lines.join("\n")}\n`);
  };
  const finish = (event: ProductionEvent): void => {
    draw();
    writer.leave();
    const width = drawingWidth(stream);
    print(view.fleet);
    if (event.type === "succeeded") {
      print(closingLines(event.result, (tools.now() - startedMs) / 1000, tools.detail, style, width));
      print(
        noticeLines([...view.notices, ...unseenNotices(event.result.notices, view.notices)], style, width),
      );
    } else {
      print(noticeLines(view.notices, style, width));
    }
  };

  draw();
  return {
    event(event) {
      if (isClosed) return;
      const before = view.state;
      view.apply(event, tools.now());
      if (event.type === "succeeded" || event.type === "failed") {
        finish(event);
        this.close();
      } else if (view.state !== before) {
        draw();
      } else {
        isDirty = true;
      }
    },
    stopping() {
      view.stopping = stoppingText(tools.keepsChunks);
      if (!isClosed) draw();
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      stopTimer();
      writer.leave();
    },
  };
}

import type { Notice, ProductionEvent, ProductionState } from "../../produce/events.ts";
import { STOPPED_CODES } from "../failure.ts";
import { countOf, formatClock, formatCount, formatFrameRate, formatSeconds } from "../text/formats.ts";
import { printable } from "../text/printable.ts";
import { fleetLine } from "./fleet-lines.ts";
import { type Heading, type Presenter, type PresenterTools, stoppingText, textWidth } from "./presenter.ts";
import { noticeLines } from "./problems.ts";
import { closingLines, unseenNotices } from "./summary.ts";

const STEP_PERCENT = 10;
const ENDING_STATES: ReadonlySet<ProductionState> = new Set(["succeeded", "failed", "canceled"]);

/** Short lines for a log: at changes of state and at every 10 %. No control characters, no colour. */
export function createPlain(heading: Heading, tools: PresenterTools): Presenter {
  const startedMs = tools.now();
  const shown: Notice[] = [];
  let reachedStep = 0;
  let isClosed = false;
  const print = (lines: readonly string[]): void => {
    if (lines.length > 0) tools.stream.write(`${lines.join("\n")}\n`);
  };
  const width = (): number => textWidth(tools.stream);

  const handle = (event: ProductionEvent): void => {
    switch (event.type) {
      case "state":
        // How it ended is said by the event that follows, with what belongs to it.
        if (!ENDING_STATES.has(event.state)) print([event.state]);
        return;
      case "fetched":
        return;
      case "planned": {
        const cached = event.cachedChunks > 0 ? `, ${formatCount(event.cachedChunks)} cached` : "";
        const film = `${countOf(event.scenes.length, "scene")}, ${countOf(event.totalFrames, "frame")} (${formatClock(event.seconds)})`;
        print([`${film}, ${countOf(event.chunks, "chunk")}${cached}, ${countOf(event.slots, "slot")}`]);
        return;
      }
      case "scene": {
        const id = printable(event.id);
        if (event.status === "retried") print([`${id}: attempt ${event.attempt}`]);
        else if (event.status === "failed" || event.status === "skipped") print([`${id}: ${event.status}`]);
        return;
      }
      case "progress": {
        const percent = event.framesTotal > 0 ? (event.framesRendered / event.framesTotal) * 100 : 0;
        const step = Math.floor(percent / STEP_PERCENT);
        if (step <= reachedStep) return;
        reachedStep = step;
        print([progressText(percent, event)]);
        return;
      }
      case "notice":
        shown.push(event.notice);
        print(noticeLines([event.notice], tools.style, width()));
        return;
      case "fleet":
        print([fleetLine(event.text, tools.now())]);
        return;
      case "succeeded":
        print(
          closingLines(event.result, (tools.now() - startedMs) / 1000, tools.detail, tools.style, width()),
        );
        print(noticeLines(unseenNotices(event.result.notices, shown), tools.style, width()));
        return;
      case "failed":
        print([
          `${STOPPED_CODES.has(event.error.code) ? "stopped" : "failed"} after ${formatSeconds((tools.now() - startedMs) / 1000)}`,
        ]);
        return;
      default:
        event satisfies never;
    }
  };

  print([`${heading.title}: ${heading.width}x${heading.height}, ${formatFrameRate(heading.fps)}`]);
  return {
    event(event) {
      if (!isClosed) handle(event);
    },
    stopping() {
      if (!isClosed) print([stoppingText(tools.keepsChunks)]);
    },
    close() {
      isClosed = true;
    },
  };
}

function progressText(
  percent: number,
  { framesRendered, framesTotal, fps, etaSeconds }: Extract<ProductionEvent, { type: "progress" }>,
): string {
  const cells = [
    // 100 is said at the end only.
    `${String(framesRendered < framesTotal ? Math.min(99, Math.round(percent)) : 100).padStart(3)} %`,
    `${formatCount(framesRendered)}/${formatCount(framesTotal)} frames`,
  ];
  if (fps !== null) cells.push(`${fps.toFixed(1)} fps`);
  if (etaSeconds !== null && framesRendered < framesTotal) cells.push(`${formatClock(etaSeconds)} left`);
  return cells.join("  ");
}

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { useMedia } from "../api/media.ts";
import { clock, timecode } from "../format.ts";
import type { Tone } from "../states.ts";
import { useWidth } from "../ui/use-size.ts";
import { layOut, placeOf, type StripLayout, tickSeconds, timeAt } from "./layout.ts";

export interface StripItem {
  readonly id: string;
  readonly seconds: number;
  readonly picture: string | null;
  /** Shown dimmed while there is no finished frame. */
  readonly sketch: string | null;
  /** 0..1 of it is there. */
  readonly fill: number;
  readonly tone: Tone;
  /** In words, for those who can't see it. */
  readonly says: string;
}

export interface StripProps {
  readonly label: string;
  readonly items: readonly StripItem[];
  readonly selected: number | null;
  readonly onSelect: (index: number) => void;
  /** Seconds; null: no playhead. */
  readonly playhead?: number | null;
  readonly onSeek?: ((seconds: number) => void) | undefined;
}

/** Frames beyond the edges that are drawn, so that scrolling shows no holes; in pixels. */
const BEYOND = 600;

export function Strip({ label, items, selected, onSelect, playhead = null, onSeek }: StripProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const room = useWidth(scroller);
  const [scrolled, setScrolled] = useState(0);
  const layout = layOut(items, Math.max(room, 1));
  const from = scrolled - BEYOND;
  const to = scrolled + room + BEYOND;
  const seek = useCallback(
    (event: MouseEvent) => {
      const left = event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left;
      onSeek?.(timeAt(left, layout, items));
    },
    [layout, items, onSeek],
  );
  useEffect(() => {
    const element = scroller.current;
    const place = selected === null ? undefined : layout.scenes[selected];
    if (element === null || place === undefined || layout.width <= room) return;
    if (place.left < element.scrollLeft || place.left + place.width > element.scrollLeft + room)
      element.scrollLeft = place.left - room / 3;
  }, [selected]);
  return (
    <section class="strip" aria-label={label}>
      <div
        class="strip-scroll"
        ref={scroller}
        tabIndex={layout.width > room ? 0 : -1}
        onScroll={() => setScrolled(scroller.current?.scrollLeft ?? 0)}
      >
        <div class="strip-inner" style={{ width: `${layout.width}px` }}>
          <div class="ruler" aria-hidden="true" onClick={seek}>
            <Ticks layout={layout} items={items} from={from} to={to} />
          </div>
          <ol class="frames">
            {layout.scenes.map((place, index) => {
              const item = items[index];
              if (item === undefined || place.left + place.width < from || place.left > to) return null;
              return (
                <li key={item.id} style={{ left: `${place.left}px`, width: `${place.width}px` }}>
                  <Frame item={item} isSelected={index === selected} onSelect={() => onSelect(index)} />
                </li>
              );
            })}
          </ol>
          {playhead === null ? null : (
            <div
              class="playhead"
              style={{ transform: `translateX(${placeOf(playhead, layout, items)}px)` }}
            />
          )}
        </div>
      </div>
    </section>
  );
}

function Ticks(props: {
  readonly layout: StripLayout;
  readonly items: readonly StripItem[];
  readonly from: number;
  readonly to: number;
}) {
  const { layout, items } = props;
  const total = items.reduce((sum, { seconds }) => sum + seconds, 0);
  if (total <= 0) return null;
  const step = tickSeconds(layout.width / total);
  const ticks = Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => index * step)
    .map((seconds) => ({ seconds, left: placeOf(seconds, layout, items) }))
    .filter(({ left }) => left >= props.from && left <= props.to && left < layout.width - 28);
  return (
    <>
      {ticks.map(({ seconds, left }) => (
        <span key={seconds} class="tick" style={{ left: `${left}px` }}>
          {clock(seconds)}
        </span>
      ))}
    </>
  );
}

function Frame(props: {
  readonly item: StripItem;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}) {
  const { item } = props;
  const picture = useMedia(item.picture);
  const shown = picture ?? item.sketch;
  const look = picture === null && item.sketch !== null && item.fill < 1 ? "sketch" : "";
  return (
    <button
      type="button"
      class={`frame ${item.tone} ${look} ${shown === null ? "bare" : ""}`}
      aria-pressed={props.isSelected}
      aria-label={`${item.id}, ${timecode(item.seconds)}, ${item.says}`}
      title={`${item.id}  ${timecode(item.seconds)}`}
      onClick={props.onSelect}
    >
      {shown === null ? null : <span class="frame-picture" style={{ backgroundImage: `url("${shown}")` }} />}
      {item.fill < 1 ? <span class="frame-veil" style={{ left: `${item.fill * 100}%` }} /> : null}
      <span class="frame-label">{item.id}</span>
    </button>
  );
}

/** Before anything is known. */
export function StripSkeleton() {
  return (
    <div class="strip" aria-hidden="true">
      <div class="ruler" />
      <div class="frames ghost">
        {[3, 2, 4, 3, 5, 2].map((share, index) => (
          <span key={index} class="skeleton" style={{ flexGrow: share }} />
        ))}
      </div>
    </div>
  );
}

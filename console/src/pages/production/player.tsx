import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useMedia } from "../../api/media.ts";
import type { Production } from "../../api/types.ts";
import { timecode } from "../../format.ts";
import { Icon } from "../../ui/icon.tsx";

interface Track {
  readonly url: string;
  readonly language: string | null;
  readonly label: string;
}

/** Caption files beside the film: film.vtt, or one a language. */
export function tracksOf(production: Production): Track[] {
  return (production.result?.files ?? [])
    .filter(({ name }) => name.endsWith(".vtt"))
    .map(({ name, url }) => {
      const language = /\.([A-Za-z-]{2,35})\.vtt$/.exec(name)?.[1] ?? null;
      return { url, language, label: language ?? "Captions" };
    });
}

export function Player(props: {
  readonly production: Production;
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly onTime: (seconds: number) => void;
}) {
  const { production, video, onTime } = props;
  const film = useMedia(production.url);
  const poster = useMedia(production.posterUrl);
  const [isPlaying, setPlaying] = useState(false);
  const [isMuted, setMuted] = useState(false);
  const [seconds, setSeconds] = useState(0);
  const [shown, setShown] = useState<Track | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const tracks = tracksOf(production);
  const trackUrl = useMedia(shown?.url ?? null);
  const { width = 16, height = 9, seconds: length = 0 } = production.result ?? {};

  useEffect(() => {
    const element = video.current;
    if (element === null || !isPlaying) return;
    // timeupdate comes four times a second: a playhead must not jump.
    let frame = requestAnimationFrame(function tell() {
      setSeconds(element.currentTime);
      onTime(element.currentTime);
      frame = requestAnimationFrame(tell);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying]);
  useEffect(() => {
    for (const track of video.current?.textTracks ?? []) track.mode = "showing";
  }, [trackUrl]);
  const toggle = (): void => {
    const element = video.current;
    if (element === null) return;
    if (element.paused) void element.play().catch(() => {});
    else element.pause();
  };
  return (
    <figure class="player" style={{ "--ratio": width / height }}>
      {/* biome-ignore lint/a11y/useMediaCaption: captions are drawn into the picture; tracks are a choice below */}
      <video
        ref={video}
        src={film ?? undefined}
        poster={poster ?? undefined}
        width={width}
        height={height}
        preload="metadata"
        playsInline
        aria-label={production.title ?? "Film"}
        onClick={toggle}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={(event) => {
          setSeconds(event.currentTarget.currentTime);
          onTime(event.currentTarget.currentTime);
        }}
        onVolumeChange={(event) => setMuted(event.currentTarget.muted)}
        onError={() => setProblem("This browser can't play the film. Download it instead.")}
      >
        {trackUrl === null ? null : (
          <track key={trackUrl} kind="captions" src={trackUrl} label={shown?.label ?? ""} default />
        )}
      </video>
      {problem === null ? null : (
        <p class="player-problem" role="status">
          {problem}
        </p>
      )}
      <figcaption class="transport">
        <button
          type="button"
          class="icon-button play"
          aria-label={isPlaying ? "Pause" : "Play"}
          onClick={toggle}
        >
          <Icon name={isPlaying ? "pause" : "play"} />
        </button>
        <span class="figures now">{timecode(seconds)}</span>
        <span class="figures of">/ {timecode(length)}</span>
        <span class="spacer" />
        {tracks.map((track) => (
          <button
            key={track.url}
            type="button"
            class="icon-button"
            aria-pressed={shown?.url === track.url}
            aria-label={`Caption file ${track.language ?? ""} over the film`}
            title={`Caption file ${track.language ?? ""} over the film`}
            onClick={() => setShown(shown?.url === track.url ? null : track)}
          >
            <Icon name="captions" />
            {track.language === null ? null : <span>{track.language}</span>}
          </button>
        ))}
        <button
          type="button"
          class="icon-button"
          aria-label={isMuted ? "Sound on" : "Sound off"}
          onClick={() => {
            if (video.current !== null) video.current.muted = !video.current.muted;
          }}
        >
          <Icon name={isMuted ? "mute" : "sound"} />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Full screen"
          onClick={() => void video.current?.requestFullscreen().catch(() => {})}
        >
          <Icon name="full" />
        </button>
      </figcaption>
    </figure>
  );
}

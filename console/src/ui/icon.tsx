/** Drawn on a 16 px grid with a 1.5 px line. */
const PATHS = {
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.4 10.4 14 14",
  plus: "M8 3v10M3 8h10",
  back: "M9.5 3.5 5 8l4.5 4.5",
  next: "M6.5 3.5 11 8l-4.5 4.5",
  play: "M4.5 2.8v10.4L13 8Z",
  pause: "M5 3v10M11 3v10",
  sound: "M2.5 6v4H5l3.5 3V3L5 6ZM11 5.5a3.5 3.5 0 0 1 0 5M13 3.5a6 6 0 0 1 0 9",
  mute: "M2.5 6v4H5l3.5 3V3L5 6ZM11 6.2l3.4 3.6M14.4 6.2 11 9.8",
  captions: "M2 3.5h12v9H2ZM4.5 9.8h3M9.5 9.8h2",
  full: "M6 2.5H2.5V6M10 2.5h3.5V6M6 13.5H2.5V10M10 13.5h3.5V10",
  download: "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.5h11",
  close: "m4 4 8 8M12 4l-8 8",
  check: "m3 8.5 3.2 3.2L13 4.8",
  warn: "M8 2.2 14.5 13.5h-13ZM8 6.6v3.2M8 11.4v.4",
  retry: "M13 8a5 5 0 1 1-1.6-3.7M13 2.2v3h-3",
  sun: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M12.8 3.2l-1.1 1.1M4.3 11.7l-1.1 1.1",
  moon: "M13.2 9.6A5.7 5.7 0 0 1 6.4 2.8a5.7 5.7 0 1 0 6.8 6.8Z",
  folder: "M1.8 12.8V3.5h4.4l1.6 1.9h6.4v7.4Z",
  file: "M3.5 1.8h5.8l3.2 3.2v9.2h-9ZM9 2v3.4h3.4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

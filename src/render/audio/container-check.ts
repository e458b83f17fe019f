/** What a sound file's own bytes say before libav opens it: playlists are refused, lost ends are noticed. */

const PLAYLIST_STARTS = [
  "#EXTM3U",
  "#EXT-X-",
  "ffconcat",
  "[playlist]",
  "<?xml",
  "<MPD",
  "<smil",
  "v=0\r\n",
  "v=0\n",
  "rtsp:",
  "http:",
  "https:",
  "concat:",
];

/** True for text that names other files (HLS, DASH, ffconcat, PLS, SDP): it must never reach a demuxer. */
export function looksLikePlaylist(head: Uint8Array): boolean {
  const text = new TextDecoder("latin1")
    .decode(head.subarray(0, 512))
    .replace(/^(\u00ef\u00bb\u00bf)?\s*/, "");
  const start = text.toLowerCase();
  return PLAYLIST_STARTS.some((mark) => start.startsWith(mark.toLowerCase())) || /^file\s+\S/i.test(text);
}

/**
 * Bytes of sound that a WAV file promises but does not have: 0 when complete, `unstated` when its header was
 * written to a pipe (size 0 or near 4 GB, as streaming voice services send it), null when it is no WAV file.
 */
export function wavMissingBytes(head: Uint8Array, fileBytes: number): number | "unstated" | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const long = tag(head, 0) === "RF64";
  if (head.length < 12 || (tag(head, 0) !== "RIFF" && !long) || tag(head, 8) !== "WAVE") return null;
  let longSize: number | null = null;
  for (let at = 12; at + 8 <= head.length; ) {
    const size = view.getUint32(at + 4, true);
    if (long && tag(head, at) === "ds64" && at + 24 <= head.length)
      longSize = Number(view.getBigUint64(at + 16, true));
    if (tag(head, at) === "data") {
      // RF64 keeps the size where it has 64 bits for it.
      if (longSize !== null && longSize > 0 && size === 0xffffffff)
        return Math.max(0, at + 8 + longSize - fileBytes);
      const end = at + 8 + size;
      if (end <= fileBytes && size > 0) return 0;
      return size === 0 || size >= 0x7fff0000 ? "unstated" : end - fileBytes;
    }
    at += 8 + size + (size & 1);
  }
  return null;
}

/**
 * What makes a WAV file's header impossible, in words: a decoder would take such numbers and play noise. null for a
 * sound one, and for anything that is no WAV file.
 */
export function wavHeaderFault(head: Uint8Array): string | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 12 || tag(head, 0) !== "RIFF" || tag(head, 8) !== "WAVE") return null;
  for (let at = 12; at + 8 <= head.length; ) {
    const size = view.getUint32(at + 4, true);
    if (tag(head, at) === "fmt ") {
      if (size < 16 || at + 24 > head.length) return "its description of the sound is too short";
      return formatFault(view, at + 8);
    }
    if (tag(head, at) === "data") return "it does not describe its sound";
    at += 8 + size + (size & 1);
  }
  return null;
}

function formatFault(view: DataView, at: number): string | null {
  const [format, channels] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
  const rate = view.getUint32(at + 4, true);
  const [blockBytes, bits] = [view.getUint16(at + 12, true), view.getUint16(at + 14, true)];
  if (channels === 0) return "it states no channels";
  if (rate === 0) return "it states a sample rate of 0";
  if (!PLAIN_WAV.has(format)) return null;
  if (blockBytes === 0) return "it states 0 bytes a sample";
  if (bits < 8 || bits > 64) return `it states ${bits} bits a sample`;
  if (blockBytes < Math.ceil(bits / 8) * channels)
    return `it states ${blockBytes} bytes for ${channels} channels of ${bits} bits`;
  return null;
}

/** Every sample stands for itself: integers, floats, A-law, mu-law, and the extended header for these. */
const PLAIN_WAV: ReadonlySet<number> = new Set([1, 3, 6, 7, 0xfffe]);

/**
 * How an Ogg file ends: `cut` when its last page reaches past the end of the file, `open` when that page is not
 * marked as the last one (a live recording, or a file cut exactly between pages).
 *
 * @param tail the file's last 64 KB or more (a page is at most 65,307 bytes)
 */
export function oggEnding(tail: Uint8Array): "complete" | "open" | "cut" {
  for (let at = tail.length - 4; at >= 0; at--) {
    if (tail[at] !== 0x4f || tag(tail, at) !== "OggS" || (tail[at + 4] ?? 0) !== 0) continue;
    if (at + 27 > tail.length) return "cut";
    const segments = tail[at + 26] as number;
    let end = at + 27 + segments;
    for (let i = 0; i < segments; i++) end += tail[at + 27 + i] ?? 0;
    if (end > tail.length) return "cut";
    return ((tail[at + 5] as number) & 4) !== 0 ? "complete" : "open";
  }
  return "cut";
}

function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

/** File name extensions that go with each demuxer. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  mp3: ["mp3", "mp2", "mpga"],
  wav: ["wav", "wave"],
  aac: ["aac", "adts"],
  flac: ["flac"],
  ogg: ["ogg", "oga", "opus"],
  "mov,mp4,m4a,3gp,3g2,mj2": ["m4a", "mp4", "m4b", "mov", "aac", "3gp"],
};

/** True when the name's extension belongs to another format than the content. No extension is no lie. */
export function isMislabelled(path: string, formatName: string): boolean {
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase();
  if (extension === undefined || EXTENSIONS[formatName]?.includes(extension)) return false;
  return Object.values(EXTENSIONS).some((known) => known.includes(extension));
}

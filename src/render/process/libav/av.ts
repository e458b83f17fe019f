/** Small shared pieces over node-av's low-level API. */
import { AV_LOG_ERROR, AVFMT_FLAG_BITEXACT } from "node-av/constants";
import { FFmpegError, FormatContext, Log } from "node-av/lib";
import { ReelburstError } from "../../../support/errors.ts";

// Errors only; they reach the parent through stderr and end up in messages when a process dies.
Log.setLevel(AV_LOG_ERROR);

/** Turns a negative libav return value into an error; passes others through. */
export function check(result: number, doing: string, code = "RENDER_LIBAV"): number {
  if (result >= 0) return result;
  const reason = new FFmpegError(result).message;
  if (/no space left/i.test(reason)) {
    throw new ReelburstError("DISK_FULL", `The disk is full (${doing}).`, {
      hint: "Free some space and run again; finished chunks are kept.",
    });
  }
  throw new ReelburstError(code, `${doing}: ${reason}`);
}

interface OptionTarget {
  setOption(name: string, value: string): number;
}

/**
 * Sets AVOptions one by one and refuses unknown ones. A Dictionary handed to `open2` would be freed
 * twice by node-av 6.1.1 (seen as a crash at exit), so none is ever used.
 */
export function setOptions(
  target: OptionTarget,
  options: Readonly<Record<string, string>>,
  what: string,
): void {
  for (const [name, value] of Object.entries(options)) {
    check(target.setOption(name, value), `${what}: option ${name}=${value}`, "RENDER_OPTION_REFUSED");
  }
}

/**
 * Opens a local media file. Only the demuxers named may claim it and only the `file` protocol is open,
 * so a playlist under another name cannot reach siblings or the network.
 *
 * @param formats FFmpeg demuxer names, comma-separated, e.g. "mov,mp4,m4a,3gp,3g2,mj2"
 * @param examine false: only the header is read. Otherwise frames are decoded to find what a header does not say
 * @throws ReelburstError with `code` when the file is not one of them
 */
export function openInput(path: string, formats: string, code: string, examine = true): FormatContext {
  const input = new FormatContext();
  input.allocContext();
  setOptions(input, { format_whitelist: formats, protocol_whitelist: "file" }, "input");
  try {
    check(input.openInputSync(`file:${path}`, null, null), `Cannot open ${path}`, code);
    if (examine) check(input.findStreamInfoSync(null), `Cannot read ${path}`, code);
  } catch (error) {
    input.closeInputSync();
    throw error;
  }
  return input;
}

/** An output without creation times, encoder names or anything else that differs between runs. */
export function openMp4(path: string, options: Readonly<Record<string, string>>): FormatContext {
  const output = new FormatContext();
  check(output.allocOutputContext2(null, "mp4", `file:${path}`), `Cannot create ${path}`);
  output.setFlags(AVFMT_FLAG_BITEXACT);
  setOptions(output, options, "mp4");
  check(output.openOutputSync(), `Cannot write ${path}`, "OUTPUT_NOT_WRITABLE");
  return output;
}

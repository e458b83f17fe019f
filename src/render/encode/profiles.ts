export type Codec = "h264" | "hevc" | "av1";
/**
 * Everything that determines an encoder's output besides its input frames, as plain data: it is part of a
 * chunk's plan and of its key. One value serves all chunks of a film, so all carry the same headers and
 * may be joined by stream copy.
 */
export interface EncoderSettings {
  readonly codec: Codec;
  /** libav's name, such as `libx264`. */
  readonly encoderName: string;
  /** libav option name -> value, set on the codec context before it is opened. */
  readonly options: Readonly<Record<string, string>>;
  readonly pixelFormat: "yuv420p";
  /** Upper bound of frames between keyframes; longer than any chunk, so a chunk is one closed GOP. */
  readonly gopFrames: number;
  readonly maxBFrames: number;
  /** How the samples are tagged; the kernel makes them so. */
  readonly color: ColorTags;
}

export interface ColorTags {
  readonly primaries: "bt709";
  readonly transfer: "bt709";
  readonly matrix: "bt709";
  readonly range: "limited";
}
export const BT709_LIMITED: ColorTags = Object.freeze({ primaries: "bt709", transfer: "bt709", matrix: "bt709", range: "limited" });

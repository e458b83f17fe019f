/** What a peer does, as data: one or more passes of decode, filter, encode. */

/** A filter's name and its arguments, as FFmpeg writes them between `=` and the next comma. */
export type FilterStep = readonly [name: string, args: string];

export interface Stage {
  /** A picture or an mp4. */
  readonly input: string;
  /**
   * `once`: the picture is decoded once and the filters make the frames of it. `again`: decoded anew for each
   * frame, as `-loop 1` does. `video`: every frame of the file.
   */
  readonly feed: "once" | "again" | "video";
  /** Frames to come out. */
  readonly frames: number;
  readonly filters: readonly FilterStep[];
  /** libx264's, by libav's names; all else is x264's own default, threads included. */
  readonly options: Readonly<Record<string, string>>;
  readonly output: string;
}

/** What `peer-child.ts` prints. Its own start and the loading of libav are not in the times. */
export interface StagesResult {
  readonly wallSeconds: number;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
}

/** What one render process may use. A file that wants more is refused or its process ends, alone. */
export interface ProcessLimits {
  /** Resident memory at which the process is killed. Normal 1080p work stays under 600 MB. */
  readonly memoryBytes: number;
  /** Largest file it may write. */
  readonly fileBytes: number;
  /** CPU seconds over the process's life; it is replaced in good time before. */
  readonly cpuSeconds: number;
  /** Wall-clock seconds for one task. */
  readonly taskSeconds: number;
  /** Wall-clock seconds without any sign of progress: a process that hangs must not hold its slot for long. */
  readonly stallSeconds: number;
}

export const DEFAULT_LIMITS: ProcessLimits = {
  memoryBytes: 2_000_000_000,
  fileBytes: 16_000_000_000,
  cpuSeconds: 4 * 3600,
  taskSeconds: 1800,
  // Generous: an AV1 encoder that empties its look-ahead at 8k is silent for long on a slow machine.
  stallSeconds: 300,
};

/** Pictures above this are refused from their header (50 MP = 150 MB of RGB). */
export const MAX_PICTURE_PIXELS = 50_000_000;

/** Frames of videos above this are refused from their header: 8192 x 4320. */
export const MAX_VIDEO_PIXELS = 8192 * 4320;
/** A video may be this long, and hold this many frames: six hours at 120 a second. */
export const MAX_VIDEO_SECONDS = 6 * 3600;
export const MAX_VIDEO_FRAMES = MAX_VIDEO_SECONDS * 120;

/** A narration or music file may be this long once decoded. */
export const MAX_AUDIO_SECONDS = 3 * 3600;

/**
 * The command that starts a program under the kernel's limits. `ulimit` in a shell that then replaces
 * itself is the one way that needs no native add-on; Windows has no such thing and gets the memory
 * watch and the time limits only. Core dumps are off: they would hold the user's pictures.
 */
export function limitedCommand(
  program: string,
  args: readonly string[],
  limits: ProcessLimits,
): [string, string[]] {
  if (process.platform === "win32") return [program, [...args]];
  const blocks = Math.ceil(limits.fileBytes / 512);
  const script = `ulimit -c 0; ulimit -t ${limits.cpuSeconds}; ulimit -f ${blocks}; exec "$0" "$@"`;
  return ["/bin/sh", ["-c", script, program, ...args]];
}

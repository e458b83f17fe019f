/**
 * Every way the program ends, in one table: shown by `--help`, repeated in the guide, tested.
 * The shim that starts Node 24 (`bin/node24.js`) ends with `wrongNode` before any of this is loaded.
 */
export const EXIT_CODES = {
  success: { code: 0, meaning: "success" },
  renderFailed: { code: 1, meaning: "the render failed (batch: at least one did)" },
  usage: { code: 2, meaning: "the command, an option or a setting is wrong" },
  invalidInput: { code: 3, meaning: "the production or a file it names is invalid" },
  environment: { code: 4, meaning: "this machine can't do it: disk full, no permission, no memory" },
  scenesSkipped: { code: 5, meaning: "the film is finished, but scenes were skipped (onSceneFailure: skip)" },
  wrongNode: { code: 78, meaning: "Node 24 was not found" },
  hungUp: { code: 129, meaning: "stopped because the terminal was closed (SIGHUP)" },
  interrupted: { code: 130, meaning: "stopped by Ctrl+C (SIGINT)" },
  terminated: { code: 143, meaning: "stopped by SIGTERM" },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly meaning: string }>>;

/** What `render`, `plan` and `batch` share about a failure: its stable code decides, never its text. */
export function exitCodeOf(errorCode: string): number {
  if (USAGE_CODES.has(errorCode)) return EXIT_CODES.usage.code;
  if (ENVIRONMENT_CODES.has(errorCode)) return EXIT_CODES.environment.code;
  if (INPUT_FAMILIES.some((family) => errorCode.startsWith(family))) return EXIT_CODES.invalidInput.code;
  return EXIT_CODES.renderFailed.code;
}

export function exitCodesHelp(): string {
  const rows = Object.values(EXIT_CODES).map(
    ({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`,
  );
  return ["Exit codes:", ...rows].join("\n");
}

const USAGE_CODES: ReadonlySet<string> = new Set([
  "USAGE",
  "CONFIG_INVALID",
  "SCENE_UNKNOWN",
  "OUTPUT_CONFLICT",
  "OUTPUT_EXISTS",
  "KEY_MISSING",
  "PROVIDER_UNKNOWN",
  "SCRIPT_EDITED",
  "TEXT_PROVIDER_MISSING",
  "LOCAL_FOLDERS_EXPOSED",
]);

const ENVIRONMENT_CODES: ReadonlySet<string> = new Set([
  "DISK_FULL",
  "OUTPUT_NOT_WRITABLE",
  "NO_WRITE_PERMISSION",
  "CACHE_NOT_WRITABLE",
  "TEMP_PATH_UNUSABLE",
  "NO_READ_PERMISSION",
  "PERMISSION_DENIED",
  "MEMORY_INSUFFICIENT",
  "RENDER_MEMORY_EXCEEDED",
  "RENDER_PROCESS_START",
  "ENCODER_UNAVAILABLE",
  "DECODER_UNAVAILABLE",
  "CAPTIONS_UNAVAILABLE",
  "PORT_TAKEN",
  "ADDRESS_UNUSABLE",
  "DATA_FOLDER_LOCKED",
]);

/** Families rather than single codes: a new finding about a picture is an input error from its first day. */
const INPUT_FAMILIES = [
  "AUDIO_",
  "CAPTION",
  "CONTENT_",
  "ENCODER_SIZE",
  "FETCH_TOO_LARGE",
  "FETCH_TYPE_REFUSED",
  "FILE_",
  "FOLDER_",
  "FONT_",
  "FORMAT_NOT_ALLOWED",
  "GLYPHS_",
  "IMAGE_",
  "INPUT_",
  "JOIN_",
  "PRODUCTION_",
  "SCENE_",
  "SOURCE_",
  "SUBTITLE_",
  "TOPIC",
  "TRIM_",
  "URL_",
  "VIDEO_",
] as const;

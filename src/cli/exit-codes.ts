/**
 * Every way the program ends, in one table: shown by `--help`, repeated in the guide, tested.
 * The shim that starts Node 24 (`bin/node24.js`) ends with `wrongNode` before any of this is loaded.
 */
export const EXIT_CODES = {
  success: { code: 0, meaning: "success" },
  renderFailed: { code: 1, meaning: "the render or the publication failed (batch: at least one did)" },
  usage: { code: 2, meaning: "the command, an option or a setting is wrong" },
  invalidInput: { code: 3, meaning: "the production or a file it names is invalid" },
  environment: {
    code: 4,
    meaning: "this machine can't do it: disk full, no permission, no memory, no server",
  },
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
  "RESTORE_NOT_EMPTY",
  "KEY_MISSING",
  "KEY_REQUIRED",
  "KEY_INVALID",
  "KEY_SCOPE",
  "PROVIDER_UNKNOWN",
  "SCRIPT_EDITED",
  "TEXT_PROVIDER_MISSING",
  "LOCAL_FOLDERS_EXPOSED",
  "STORAGE_NOT_SHARED",
  "WORKER_NEEDS_DATABASE",
  "AGENT_KEY_MISSING",
  "AGENT_KEY_EXPOSED",
  "AGENT_CERTIFICATE_INVALID",
  "PUBLISH_APPROVAL_MISSING",
  "PUBLISH_DECLARATION_MISSING",
  "PUBLISH_SCHEDULE_INVALID",
  "YOUTUBE_CLIENT_MISSING",
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
  "SERVER_UNREACHABLE",
  "SERVER_UNEXPECTED",
  "SERVER_VERSION",
  "SERVER_NOT_RUNNING",
]);

/** Families rather than single codes: a new finding about a picture is an input error from its first day. */
const INPUT_FAMILIES = [
  "ARCHIVE_",
  "AUDIO_",
  "BACKUP_",
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
  "PUBLISH_DESCRIPTION",
  "PUBLISH_FILM_",
  "PUBLISH_METADATA_INVALID",
  "PUBLISH_TITLE",
  "SCENE_",
  "SOURCE_",
  "SUBTITLE_",
  "TOPIC",
  "TRIM_",
  "URL_",
  "VIDEO_",
] as const;

/** Where Google answers; another origin in tests only. */
export interface GoogleServers {
  /** The consent page, for the user's browser. */
  readonly authorize: string;
  readonly token: string;
  readonly revoke: string;
  readonly deviceCode: string;
  /** Of the API: `/youtube/v3/…` and `/upload/youtube/v3/…` follow. */
  readonly api: string;
}

export const GOOGLE_SERVERS: GoogleServers = {
  authorize: "https://accounts.google.com/o/oauth2/v2/auth",
  token: "https://oauth2.googleapis.com/token",
  revoke: "https://oauth2.googleapis.com/revoke",
  deviceCode: "https://oauth2.googleapis.com/device/code",
  api: "https://www.googleapis.com",
};

/** All of them on one origin: a stand-in's. */
export function serversAt(origin: string): GoogleServers {
  return {
    authorize: `${origin}/o/oauth2/v2/auth`,
    token: `${origin}/token`,
    revoke: `${origin}/revoke`,
    deviceCode: `${origin}/device/code`,
    api: origin,
  };
}

/**
 * Rights, the least that does the work. `youtube.upload` uploads and sets thumbnails; captions want `youtube.force-ssl`
 * (developers.google.com/youtube/v3/docs/captions/insert), which may also delete, so it is asked for only on request.
 *
 * The device flow allows neither: of YouTube's rights only `youtube` and `youtube.readonly`
 * (developers.google.com/identity/protocols/oauth2/limited-input-device#allowedscopes). So it asks for the whole account,
 * and captions can't be sent with it.
 */
export const SCOPES = {
  upload: "https://www.googleapis.com/auth/youtube.upload",
  captions: "https://www.googleapis.com/auth/youtube.force-ssl",
  account: "https://www.googleapis.com/auth/youtube",
} as const;

const MAY_UPLOAD: readonly string[] = [SCOPES.upload, SCOPES.captions, SCOPES.account];

export function mayUpload(scopes: readonly string[]): boolean {
  return scopes.some((scope) => MAY_UPLOAD.includes(scope));
}

export function mayCaption(scopes: readonly string[]): boolean {
  return scopes.includes(SCOPES.captions);
}

/** Reading one's own uploads: to find out whether one was completed. */
export function mayRead(scopes: readonly string[]): boolean {
  return scopes.includes(SCOPES.captions) || scopes.includes(SCOPES.account);
}

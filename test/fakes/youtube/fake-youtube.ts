/**
 * A small YouTube for tests, with Google's logins: resumable uploads, thumbnails, captions, the lists that find an upload
 * again, and errors in Google's shape. It holds callers to the protocol (`violations`) and can be told to fail. It
 * is written after Google's documentation and was never compared with Google's servers.
 *
 * One piece: a request's way from its token to its answer is read top to bottom.
 */
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

const UNIT = 256 * 1024;

export interface FakeVideo {
  readonly id: string;
  readonly bytes: Buffer;
  readonly resource: { readonly snippet: Record<string, unknown>; readonly status: Record<string, unknown> };
  readonly publishedAt: string;
  thumbnail: Buffer | null;
  /** By language. */
  readonly captions: Map<string, Buffer>;
}

interface Session {
  readonly resource: FakeVideo["resource"];
  readonly size: number;
  received: Buffer;
  videoId: string | null;
}

export interface Fault {
  /** "PUT /upload", "POST /token": compared with the beginning of method and path. */
  readonly on: string;
  times: number;
  /** Requests of this kind let through before. */
  skip?: number;
  readonly how:
    | {
        readonly status: number;
        readonly reason?: string;
        readonly retryAfter?: string;
        readonly body?: string;
      }
    /** Done, but the answer is lost. */
    | "lost-answer"
    /** Half of the body is taken, then the connection is cut. */
    | "cut-body"
    /** Nothing is done and nothing answered: a peer that is gone without a word. */
    | "half-open"
    /** The answer stops in its middle. */
    | "cut-answer"
    /** The answer comes a byte at a time. */
    | "drip";
}

export class FakeYouTube {
  readonly videos = new Map<string, FakeVideo>();
  readonly sessions = new Map<string, Session>();
  /** "PUT /upload/session/…", in order of arrival; with `Content-Range` where there is one. */
  readonly requests: string[] = [];
  readonly faults: Fault[] = [];
  /** What no caller may do. */
  readonly violations: string[] = [];
  readonly client = { id: "client-1", secret: "not-secret" };
  readonly refreshTokens = new Map<string, readonly string[]>();
  readonly accessTokens = new Map<string, readonly string[]>();
  /** What the next polls of a device login are told; then it is granted. */
  readonly devicePolls: string[] = [];
  readonly devicePolledAt: number[] = [];
  /** Scopes the user leaves ticked; null: all that were asked for. */
  grantedScopes: readonly string[] | null = null;
  /** The answer on the consent page. */
  consent: "allow" | "access_denied" = "allow";
  expiresInSeconds = 3600;
  /** Whether lists tell how large a video is; a while after an upload YouTube may not know. */
  tellsSizes = true;
  /** Reading stops when a session holds this many bytes; `paused` says so. */
  pauseAt: number | null = null;
  #paused = Promise.withResolvers<void>();
  readonly #codes = new Map<string, { challenge: string; redirectUri: string; scopes: readonly string[] }>();
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #count = 0;

  async listen(): Promise<string> {
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this.origin;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get paused(): Promise<void> {
    return this.#paused.promise;
  }

  resume(): void {
    this.pauseAt = null;
    this.#paused = Promise.withResolvers<void>();
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A login as if made earlier. */
  grant(scopes: readonly string[]): { refreshToken: string; accessToken: string } {
    const refreshToken = `refresh-${randomBytes(6).toString("hex")}`;
    const accessToken = `access-${randomBytes(6).toString("hex")}`;
    this.refreshTokens.set(refreshToken, scopes);
    this.accessTokens.set(accessToken, scopes);
    return { refreshToken, accessToken };
  }

  async close(): Promise<void> {
    this.dropConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.origin);
    const method = request.method ?? "GET";
    const range = request.headers["content-range"];
    this.requests.push(`${method} ${url.pathname}${range === undefined ? "" : ` ${range}`}`);
    if (method !== "GET" && request.headers["content-length"] === undefined)
      this.violations.push(`${method} ${url.pathname} without a length`);
    request.on("error", () => {});
    response.on("error", () => {});
    const fault = this.#faultFor(`${method} ${url.pathname}`);
    if (fault === "half-open") return void request.resume();
    if (fault !== null && typeof fault === "object") {
      await readAll(request);
      const headers = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter };
      if (fault.body !== undefined) return reply(response, fault.status, fault.body, headers);
      return reply(
        response,
        fault.status,
        googleError(fault.status, fault.reason ?? "backendError"),
        headers,
      );
    }
    try {
      await this.#route(method, url, request, response, fault);
    } catch (error) {
      if (error instanceof Refusal) reply(response, error.status, googleError(error.status, error.reason));
      else reply(response, 500, String(error));
    }
  }

  async #route(
    method: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault["how"] | null,
  ): Promise<void> {
    const at = `${method} ${url.pathname}`;
    // A request that was read half forgets its own.
    const { socket } = request;
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      if (fault === "lost-answer") return void socket.destroy();
      const text = body === null ? "" : JSON.stringify(body);
      if (fault === "cut-answer") {
        response.writeHead(status, { ...headers, "content-length": text.length });
        response.write(text.slice(0, text.length / 2), () => response.destroy());
        return;
      }
      if (fault === "drip") drip(response, status, text, headers);
      else reply(response, status, text, headers);
    };
    if (at === "GET /o/oauth2/v2/auth") return this.#consent(url, response);
    if (url.pathname === "/token" || url.pathname === "/revoke" || url.pathname === "/device/code") {
      const form = new URLSearchParams((await readAll(request)).toString("utf8"));
      const [status, body] = this.#oauth(url.pathname, form);
      return answer(status, body);
    }
    const scopes = this.#scopesOf(request);
    if (at === "POST /upload/youtube/v3/videos") {
      const resource = JSON.parse((await readAll(request)).toString("utf8")) as FakeVideo["resource"];
      this.#checkResource(resource);
      const id = `s${++this.#count}`;
      const size = Number(request.headers["x-upload-content-length"]);
      this.sessions.set(id, { resource, size, received: Buffer.alloc(0), videoId: null });
      return answer(200, null, { location: `${this.origin}/upload/session/${id}` });
    }
    if (url.pathname.startsWith("/upload/session/"))
      return this.#session(url, request, response, fault, answer);
    if (at === "POST /upload/youtube/v3/thumbnails/set") {
      const picture = await readAll(request);
      if (picture.length > 2 * 1024 * 1024) throw new Refusal(413, "mediaBodyTooLarge");
      this.#video(url.searchParams.get("videoId")).thumbnail = picture;
      return answer(200, { kind: "youtube#thumbnailSetResponse", items: [] });
    }
    if (at === "POST /upload/youtube/v3/captions") {
      if (!scopes.some((scope) => scope.endsWith("/youtube.force-ssl")))
        throw new Refusal(403, "insufficientPermissions");
      return this.#captions(request, await readAll(request), answer);
    }
    if (method === "GET" && url.pathname.startsWith("/youtube/v3/")) {
      if (!scopes.some((scope) => /\/youtube(?:\.force-ssl|\.readonly)?$/.test(scope)))
        throw new Refusal(403, "insufficientPermissions");
      return answer(200, { items: this.#list(url) });
    }
    throw new Refusal(404, "notFound");
  }

  #faultFor(at: string): Fault["how"] | null {
    const fault = this.faults.find((each) => each.times > 0 && at.startsWith(each.on));
    if (fault === undefined) return null;
    if ((fault.skip ?? 0) > 0) {
      fault.skip = (fault.skip ?? 0) - 1;
      return null;
    }
    fault.times--;
    return fault.how;
  }

  #scopesOf(request: IncomingMessage): readonly string[] {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const scopes = this.accessTokens.get(token);
    if (scopes !== undefined) return scopes;
    request.resume();
    throw new Refusal(401, "authError");
  }

  #checkResource({ snippet, status }: FakeVideo["resource"]): void {
    const title = snippet["title"];
    if (typeof title !== "string" || title === "" || title.length > 100 || /[<>]/.test(title))
      throw new Refusal(400, "invalidTitle");
    if (Buffer.byteLength(String(snippet["description"])) > 5000)
      throw new Refusal(400, "invalidDescription");
    if (status["publishAt"] !== undefined && status["privacyStatus"] !== "private")
      throw new Refusal(400, "invalidPublishAt");
  }

  async #session(
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault["how"] | null,
    answer: (status: number, body: unknown, headers?: Record<string, string>) => void,
  ): Promise<void> {
    const session = this.sessions.get(url.pathname.split("/").at(-1) ?? "");
    if (session === undefined) {
      await readAll(request);
      throw new Refusal(404, "notFound");
    }
    const range = request.headers["content-range"] ?? "";
    const sent = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range);
    if (sent !== null) {
      const [start, end, size] = sent.slice(1).map(Number) as [number, number, number];
      if (size !== session.size) this.violations.push(`size ${size} of ${session.size}`);
      if (session.videoId !== null) this.violations.push("bytes for a complete upload");
      if (start !== session.received.length)
        this.violations.push(`offset ${start} at ${session.received.length}`);
      if (end + 1 !== size && (end + 1 - start) % UNIT !== 0)
        this.violations.push(`chunk of ${end + 1 - start}`);
      const taken = fault === "cut-body" ? Math.floor((end + 1 - start) / 2) : end + 1 - start;
      const { socket } = request;
      await this.#take(session, request, start, taken);
      if (fault === "cut-body") return void socket.destroy();
    } else if (range !== `bytes */${session.size}`) this.violations.push(`Content-Range: ${range}`);
    if (session.received.length === session.size && session.videoId === null) this.#complete(session);
    if (this.pauseAt !== null && session.received.length >= this.pauseAt && sent !== null) {
      this.#paused.resolve();
      return;
    }
    if (session.videoId !== null) return answer(200, this.#resourceOf(this.#video(session.videoId)));
    const received = session.received.length;
    response.statusMessage = "Resume Incomplete";
    answer(308, null, received === 0 ? {} : { range: `bytes=0-${received - 1}` });
  }

  /** Keeps what arrives; when the sender goes away, in whole units, as Google does. */
  async #take(session: Session, request: IncomingMessage, start: number, most: number): Promise<void> {
    const parts: Buffer[] = [];
    let length = 0;
    try {
      for await (const part of request as AsyncIterable<Buffer>) {
        parts.push(part.subarray(0, most - length));
        length += Math.min(part.length, most - length);
        if (this.pauseAt !== null && start + length >= this.pauseAt && start + length < session.size) {
          this.#paused.resolve();
          await new Promise((resolve) => request.socket.once("close", resolve));
          break;
        }
        if (length >= most) break;
      }
    } catch {
      // The sender is gone.
    }
    const arrived = Buffer.concat([session.received.subarray(0, start), ...parts]);
    const whole = arrived.length === session.size ? arrived.length : Math.floor(arrived.length / UNIT) * UNIT;
    session.received = arrived.subarray(0, whole);
  }

  #complete(session: Session): void {
    const id = `video${++this.#count}`;
    session.videoId = id;
    this.videos.set(id, {
      id,
      bytes: session.received,
      resource: session.resource,
      publishedAt: new Date(Date.now()).toISOString(),
      thumbnail: null,
      captions: new Map(),
    });
  }

  #resourceOf({ id, resource, publishedAt }: FakeVideo): Record<string, unknown> {
    return {
      kind: "youtube#video",
      id,
      snippet: { ...resource.snippet, channelId: "UCfake", publishedAt },
      status: { uploadStatus: "uploaded", ...resource.status },
    };
  }

  #video(id: string | null): FakeVideo {
    const video = this.videos.get(id ?? "");
    if (video === undefined) throw new Refusal(404, "videoNotFound");
    return video;
  }

  #captions(request: IncomingMessage, body: Buffer, answer: (status: number, body: unknown) => void): void {
    const boundary = /boundary=(.+)$/.exec(request.headers["content-type"] ?? "")?.[1] ?? "?";
    const [, json = "", media = ""] = body.toString("utf8").split(`--${boundary}`);
    const bodyOf = (part: string): string => part.slice(part.indexOf("\r\n\r\n") + 4, -2);
    const { snippet } = JSON.parse(bodyOf(json)) as {
      snippet: { videoId: string; language: string; name: string };
    };
    const video = this.#video(snippet.videoId);
    if (video.captions.has(snippet.language)) throw new Refusal(409, "captionExists");
    video.captions.set(snippet.language, Buffer.from(bodyOf(media)));
    answer(200, { kind: "youtube#caption", id: `caption${++this.#count}`, snippet });
  }

  #list(url: URL): unknown[] {
    switch (url.pathname) {
      case "/youtube/v3/channels":
        return [{ id: "UCfake", contentDetails: { relatedPlaylists: { uploads: "UUfake" } } }];
      case "/youtube/v3/playlistItems":
        return [...this.videos.keys()].map((videoId) => ({ contentDetails: { videoId } }));
      case "/youtube/v3/videos":
        return (url.searchParams.get("id") ?? "").split(",").map((id) => {
          const video = this.#video(id);
          const fileDetails = this.tellsSizes ? { fileSize: String(video.bytes.length) } : {};
          return { ...this.#resourceOf(video), fileDetails };
        });
      default:
        throw new Refusal(404, "notFound");
    }
  }

  #consent(url: URL, response: ServerResponse): void {
    const query = url.searchParams;
    const redirectUri = query.get("redirect_uri") ?? "";
    if (query.get("code_challenge_method") !== "S256") this.violations.push("login without PKCE");
    if ((query.get("state") ?? "").length < 20) this.violations.push("login without state");
    if (!/^http:\/\/127\.0\.0\.1:\d+$/.test(redirectUri)) this.violations.push(`redirect to ${redirectUri}`);
    const back = new URLSearchParams({ state: query.get("state") ?? "" });
    if (this.consent === "allow") {
      const code = randomBytes(8).toString("hex");
      const scopes = this.grantedScopes ?? (query.get("scope") ?? "").split(" ");
      this.#codes.set(code, { challenge: query.get("code_challenge") ?? "", redirectUri, scopes });
      back.set("code", code);
    } else back.set("error", this.consent);
    reply(response, 302, "", { location: `${redirectUri}/?${back}` });
  }

  #oauth(path: string, form: URLSearchParams): [number, unknown] {
    if (path === "/revoke") {
      return this.refreshTokens.delete(form.get("token") ?? "")
        ? [200, {}]
        : [400, { error: "invalid_token" }];
    }
    if (form.get("client_id") !== this.client.id || form.get("client_secret") !== this.client.secret)
      return [401, { error: "invalid_client", error_description: "The OAuth client was not found." }];
    if (path === "/device/code") {
      const scopes = (form.get("scope") ?? "").split(" ");
      // The list of Google's documentation; anything else is refused there too.
      if (scopes.some((scope) => !/\/auth\/youtube(?:\.readonly)?$/.test(scope)))
        return [400, { error: "invalid_scope" }];
      this.#codes.set("device-1", { challenge: "", redirectUri: "", scopes });
      return [
        200,
        {
          device_code: "device-1",
          user_code: "ABCD-EFGH",
          verification_url: `${this.origin}/device`,
          expires_in: 1800,
          interval: 5,
        },
      ];
    }
    switch (form.get("grant_type")) {
      case "refresh_token": {
        const scopes = this.refreshTokens.get(form.get("refresh_token") ?? "");
        if (scopes === undefined)
          return [400, { error: "invalid_grant", error_description: "Token has been expired or revoked." }];
        return [200, this.#tokens(scopes, null)];
      }
      case "authorization_code": {
        const code = this.#codes.get(form.get("code") ?? "");
        this.#codes.delete(form.get("code") ?? "");
        const challenge = createHash("sha256")
          .update(form.get("code_verifier") ?? "")
          .digest("base64url");
        if (
          code === undefined ||
          challenge !== code.challenge ||
          form.get("redirect_uri") !== code.redirectUri
        )
          return [400, { error: "invalid_grant" }];
        return [200, this.#tokens(code.scopes, this.grant(code.scopes).refreshToken)];
      }
      case "urn:ietf:params:oauth:grant-type:device_code": {
        const code = this.#codes.get(form.get("device_code") ?? "");
        if (code === undefined) return [400, { error: "invalid_grant" }];
        const said = this.devicePolls.shift();
        if (said === undefined) return [200, this.#tokens(code.scopes, this.grant(code.scopes).refreshToken)];
        return [
          said === "authorization_pending" ? 428 : said === "expired_token" ? 400 : 403,
          { error: said },
        ];
      }
      default:
        return [400, { error: "unsupported_grant_type" }];
    }
  }

  #tokens(scopes: readonly string[], refreshToken: string | null): unknown {
    const accessToken = `access-${randomBytes(6).toString("hex")}`;
    this.accessTokens.set(accessToken, scopes);
    return {
      access_token: accessToken,
      expires_in: this.expiresInSeconds,
      token_type: "Bearer",
      scope: scopes.join(" "),
      ...(refreshToken !== null && { refresh_token: refreshToken }),
    };
  }
}

class Refusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
    this.reason = reason;
  }
}

function googleError(status: number, reason: string): string {
  const message = `The request was refused: ${reason}.`;
  const domain = reason === "quotaExceeded" ? "youtube.quota" : "youtube.video";
  return JSON.stringify({ error: { code: status, message, errors: [{ message, domain, reason }] } });
}

function reply(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8", ...headers });
  response.end(text);
}

function drip(response: ServerResponse, status: number, text: string, headers: Record<string, string>): void {
  response.writeHead(status, headers);
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < text.length) response.write(text.slice(sent, ++sent));
    else {
      clearInterval(timer);
      response.end();
    }
  }, 1);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

/**
 * One local server that speaks the protocols of the text, speech and picture services, after their public references:
 * the same paths, headers, bodies and errors. What it does next is said call by call.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { deflateSync } from "node:zlib";

export type Behaviour =
  | "ok"
  | "quota"
  | "revoked"
  | "rate"
  | "down"
  /** Headers, then nothing. */
  | "slow"
  /** Takes the request and never answers. */
  | "half-open"
  /** Hangs up in the middle of the body. */
  | "torn"
  | "malformed"
  /** Well-formed, and not what was asked for. */
  | "wrong"
  | "refused";

export interface FakeCall {
  readonly path: string;
  readonly key: string;
  readonly body: string;
}

export interface FakeProviders {
  readonly origin: string;
  readonly calls: FakeCall[];
  /** In turn; the last one again and again. By key when a function. */
  behave(...behaviours: Behaviour[]): void;
  close(): Promise<void>;
}

export const FAKE_SCRIPT = {
  title: "Ice",
  description: "What ice keeps.",
  tags: ["#ice", "snow"],
  segments: [1, 2, 3].map((number) => ({
    speaker: null,
    tone: null,
    narration: `Snow falls for the ${number}. time.`,
    picture: `Snow, picture ${number}`,
    card: { layout: "statement", title: `Snow ${number}`, text: [], kicker: null, attribution: null },
  })),
};

export async function startFakeProviders(): Promise<FakeProviders> {
  const calls: FakeCall[] = [];
  const sockets = new Set<Socket>();
  let behaviours: Behaviour[] = ["ok"];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const behaviour = behaviours[Math.min(calls.length, behaviours.length - 1)] ?? "ok";
      const body = Buffer.concat(chunks).toString();
      calls.push({ path: request.url ?? "", key: keyOf(request), body });
      answer(request.url ?? "", body, behaviour, response);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    behave: (...next) => {
      calls.length = 0;
      behaviours = next;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function keyOf({ headers }: IncomingMessage): string {
  const key = headers["x-api-key"] ?? headers["xi-api-key"] ?? headers["x-goog-api-key"];
  return String(key ?? headers.authorization?.replace("Bearer ", "") ?? "");
}

type Service = "openai" | "gemini" | "anthropic" | "elevenlabs" | "pollinations";

function serviceOf(path: string): Service {
  if (path.startsWith("/v1/text-to-speech/")) return "elevenlabs";
  if (path.includes(":generateContent")) return "gemini";
  if (path.startsWith("/prompt/")) return "pollinations";
  return path === "/messages" ? "anthropic" : "openai";
}

function answer(path: string, body: string, behaviour: Behaviour, response: ServerResponse): void {
  const service = serviceOf(path);
  const send = (status: number, content: unknown, headers: Record<string, string> = {}): void => {
    const bytes = Buffer.isBuffer(content)
      ? content
      : Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(bytes);
  };
  switch (behaviour) {
    case "half-open":
      return;
    case "slow":
      response.writeHead(200, { "content-type": "application/json" });
      response.write("{");
      return;
    case "torn":
      response.writeHead(200, { "content-type": "application/json", "content-length": "10000" });
      response.write('{"half":');
      setTimeout(() => response.destroy(), 20);
      return;
    case "malformed":
      send(200, "<html>Service page</html>");
      return;
    case "down":
      send(503, { error: { message: "The server is overloaded", type: "server_error" } });
      return;
    case "quota":
      send(...QUOTA[service]);
      return;
    case "revoked":
      send(...REVOKED[service]);
      return;
    case "rate":
      send(
        429,
        { error: { message: "Rate limit reached", type: "rate_limit_error" } },
        { "retry-after": "1" },
      );
      return;
    case "refused":
      send(...refusal(service, path));
      return;
    case "wrong":
      send(200, success(service, path, body, true));
      return;
    case "ok":
      send(200, success(service, path, body, false), contentType(service, path));
      return;
  }
}

type Reply = [status: number, content: unknown, headers?: Record<string, string>];

const QUOTA: Readonly<Record<Service, Reply>> = {
  openai: [
    429,
    {
      error: {
        message: "You exceeded your current quota, please check your plan.",
        type: "insufficient_quota",
        code: "insufficient_quota",
      },
    },
  ],
  gemini: [
    429,
    {
      error: {
        code: 429,
        status: "RESOURCE_EXHAUSTED",
        message: "Quota exceeded",
        details: [
          {
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier" }],
          },
        ],
      },
    },
  ],
  anthropic: [
    400,
    {
      type: "error",
      error: { type: "invalid_request_error", message: "Your credit balance is too low to access the API." },
    },
  ],
  elevenlabs: [401, { detail: { status: "quota_exceeded", message: "This request exceeds your quota." } }],
  pollinations: [402, { error: "Payment Required" }],
};

const REVOKED: Readonly<Record<Service, Reply>> = {
  openai: [
    401,
    {
      error: {
        message: "Incorrect API key provided: sk-secret",
        type: "invalid_request_error",
        code: "invalid_api_key",
      },
    },
  ],
  gemini: [
    400,
    {
      error: {
        code: 400,
        status: "INVALID_ARGUMENT",
        message: "API key not valid. Please pass a valid API key.",
        details: [{ reason: "API_KEY_INVALID" }],
      },
    },
  ],
  anthropic: [401, { type: "error", error: { type: "authentication_error", message: "invalid x-api-key" } }],
  elevenlabs: [401, { detail: { status: "invalid_api_key", message: "Invalid API key" } }],
  pollinations: [401, { error: "Unauthorized" }],
};

function refusal(service: Service, path: string): Reply {
  if (service === "gemini")
    return [200, { promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, usageMetadata: {} }];
  if (service === "anthropic")
    return [
      200,
      {
        id: "m",
        type: "message",
        role: "assistant",
        model: "c",
        content: [],
        stop_reason: "refusal",
        usage: { input_tokens: 5, output_tokens: 0 },
      },
    ];
  if (path === "/chat/completions")
    return [
      200,
      {
        id: "c",
        object: "chat.completion",
        created: 1,
        model: "g",
        choices: [
          {
            index: 0,
            message: { role: "assistant", content: null, refusal: "I can't help with that." },
            finish_reason: "stop",
          },
        ],
        usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
      },
    ];
  return [
    400,
    {
      error: {
        code: service === "openai" ? "moderation_blocked" : "content_policy_violation",
        message: "Your request was rejected by the safety system.",
      },
    },
  ];
}

function contentType(service: Service, path: string): Record<string, string> {
  if (service === "pollinations") return { "content-type": "image/png" };
  return path === "/audio/speech" ? { "content-type": "audio/wav" } : {};
}

function success(service: Service, path: string, body: string, wrong: boolean): unknown {
  const picture = wrong ? Buffer.from("no picture") : pngOf(8, 8);
  const script = JSON.stringify(
    wrong ? { ...FAKE_SCRIPT, segments: FAKE_SCRIPT.segments.slice(0, 1) } : FAKE_SCRIPT,
  );
  if (service === "pollinations") return picture;
  if (service === "elevenlabs") return spoken((JSON.parse(body) as { text: string }).text, wrong);
  if (path === "/audio/speech") return wrong ? Buffer.from("no sound") : wavOf(3);
  if (path === "/images/generations") return { created: 1, data: [{ b64_json: picture.toString("base64") }] };
  if (service === "gemini" && path.includes("image"))
    return {
      candidates: [
        {
          content: {
            role: "model",
            parts: [{ inlineData: { mimeType: "image/png", data: picture.toString("base64") } }],
          },
          finishReason: "STOP",
        },
      ],
    };
  if (service === "gemini")
    return {
      candidates: [{ content: { role: "model", parts: [{ text: script }] }, finishReason: "STOP", index: 0 }],
      usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 500, totalTokenCount: 1500 },
    };
  if (service === "anthropic") {
    const { tools } = JSON.parse(body) as { tools?: { name: string }[] };
    const content = tools?.length
      ? [{ type: "tool_use", id: "t", name: tools[0]?.name, input: JSON.parse(script) }]
      : [{ type: "text", text: script }];
    return {
      id: "m",
      type: "message",
      role: "assistant",
      model: "claude-haiku-4-5",
      content,
      stop_reason: tools?.length ? "tool_use" : "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 1000, output_tokens: 500 },
    };
  }
  return {
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "gpt-4.1-mini",
    choices: [
      { index: 0, message: { role: "assistant", content: script, refusal: null }, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 },
  };
}

/** An MP3 header is enough here: nobody decodes it. */
function spoken(text: string, wrong: boolean): unknown {
  const characters = [...(wrong ? `${text} more` : text)];
  const audio = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x00]), Buffer.alloc(200)]);
  const alignment = {
    characters,
    character_start_times_seconds: characters.map((_, index) => index * 0.05),
    character_end_times_seconds: characters.map((_, index) => (index + 1) * 0.05),
  };
  return { audio_base64: audio.toString("base64"), alignment, normalized_alignment: alignment };
}

/** Two tones with a pause between, its sizes left open as a stream's are. */
function wavOf(seconds: number): Buffer {
  const rate = 24_000;
  const samples = Buffer.alloc(rate * seconds * 2);
  for (let i = 0; i < rate * seconds; i++) {
    const pause = Math.abs(i / rate - seconds / 2) < 0.2;
    samples.writeInt16LE(pause ? 0 : Math.round(9000 * Math.sin((i * 2 * Math.PI * 220) / rate)), i * 2);
  }
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(0xffffffff, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(0xffffffff, 40);
  return Buffer.concat([head, samples]);
}

function pngOf(width: number, height: number): Buffer {
  const chunk = (name: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc(body), body.length + 4);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc((width * 3 + 1) * height, 120);
  for (let y = 0; y < height; y++) rows[y * (width * 3 + 1)] = 0;
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function crc(bytes: Buffer): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return (value ^ 0xffffffff) >>> 0;
}

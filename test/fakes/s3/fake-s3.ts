/**
 * A small S3 for tests, in memory: verifies signatures and checksums, and can be told to fail. It answers what the
 * store asks of it and refuses everything else. No stand-in for the real one: what only Amazon can show is listed in
 * docs/decisions/0040-object-storage.md.
 *
 * One piece: a request's way from its signature to its answer is read top to bottom.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { crc32 } from "node:zlib";
import { verifySignature } from "./signature.ts";

export interface FakeObject {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly modifiedAtMs: number;
}

export interface Fault {
  /** Which requests: "PUT", "GET /bucket/key"; compared with the beginning of method and path. */
  readonly on: string;
  /** A part of the query, "partNumber=2", say. */
  readonly query?: string;
  readonly times: number;
  readonly how:
    | "500"
    | "503"
    | "403"
    /** Takes the request and never answers. */
    | "hang"
    /** Half of the body, then the connection is closed. */
    | "truncate"
    /** One bit of the body differs. */
    | "flip"
    /** Done, but the answer is lost. */
    | "lost-answer";
}

interface Upload {
  readonly key: string;
  readonly headers: Record<string, string>;
  readonly parts: Map<number, Buffer>;
}

const ACCESS_KEY = "AKIATEST";
const SECRET_KEY = "test/secret+key";
const KEPT_HEADER = /^(?:content-type|x-amz-meta-.+|x-amz-server-side-encryption.*)$/;

export class FakeS3 {
  readonly bucket: string;
  readonly credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY };
  readonly objects = new Map<string, FakeObject>();
  readonly uploads = new Map<string, Upload>();
  /** "PUT /films/a.txt?partNumber=1…", in order of arrival. */
  readonly requests: string[] = [];
  readonly faults: { -readonly [Field in keyof Fault]: Fault[Field] }[] = [];
  /** The last body of a lifecycle request. */
  lifecycle: string | null = null;
  nowMs: () => number = () => Date.now();
  #uploadCount = 0;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor(bucket = "films") {
    this.bucket = bucket;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        response.destroy(error as Error);
        return;
      }
      send(response, error.status, {}, request.method === "HEAD" ? "" : errorXml(error.name));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "";
    const [path = "", search = ""] = (request.url ?? "").split("?");
    const query = new URLSearchParams(search);
    this.requests.push(`${method} ${request.url}`);
    const fault = this.#faultFor(`${method} ${path}`, search);
    if (fault === "hang") return;
    if (fault !== null && /^\d+$/.test(fault))
      throw new Refusal(Number(fault), FAULT_NAMES[fault] ?? "Unknown");
    const { problem, payload } = verifySignature(
      { method, path, query, headers: request.headers },
      new Map([[ACCESS_KEY, SECRET_KEY]]),
      this.nowMs(),
    );
    if (problem !== null) throw new Refusal(403, problem);
    const body = await readBody(request);
    if (payload.startsWith("STREAMING-")) throw new Refusal(501, "NotImplemented");
    if (payload !== "UNSIGNED-PAYLOAD" && payload !== digest(body, "sha256", "hex")) {
      throw new Refusal(400, "XAmzContentSHA256Mismatch");
    }
    checkChecksums({ ...Object.fromEntries(query), ...request.headers }, body);
    const [, bucket = "", ...rest] = decodeURIComponent(path).split("/");
    if (bucket !== this.bucket) throw new Refusal(404, "NoSuchBucket");
    const key = rest.join("/");
    if (key === "") this.#bucket(method, query, body, response);
    else this.#object(method, key, query, request, body, response, fault);
  }

  #bucket(method: string, query: URLSearchParams, body: Buffer, response: ServerResponse): void {
    if (query.has("lifecycle") && method === "PUT") {
      this.lifecycle = body.toString();
      send(response, 200, {}, "");
    } else if (query.has("lifecycle") && method === "GET") {
      if (this.lifecycle === null) throw new Refusal(404, "NoSuchLifecycleConfiguration");
      send(response, 200, {}, this.lifecycle);
    } else if (method === "GET" && query.get("list-type") === "2") {
      send(response, 200, {}, this.#list(query));
    } else {
      throw new Refusal(501, "NotImplemented");
    }
  }

  #list(query: URLSearchParams): string {
    const [prefix, after] = [query.get("prefix") ?? "", query.get("start-after") ?? ""];
    const maxKeys = Number(query.get("max-keys") ?? 1000);
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
    const contents = keys.slice(0, maxKeys).map((key) => {
      const { body, modifiedAtMs } = this.objects.get(key) as FakeObject;
      const date = new Date(modifiedAtMs).toISOString();
      return `<Contents><Key>${key}</Key><LastModified>${date}</LastModified><Size>${body.length}</Size></Contents>`;
    });
    const isTruncated = keys.length > maxKeys;
    return `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${contents.join("")}</ListBucketResult>`;
  }

  #object(
    method: string,
    key: string,
    query: URLSearchParams,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    fault: Fault["how"] | null,
  ): void {
    const uploadId = query.get("uploadId");
    if (method === "GET" || method === "HEAD") this.#read(method, key, query, request, response, fault);
    else if (method === "DELETE" && uploadId !== null) {
      this.#upload(uploadId, key);
      this.uploads.delete(uploadId);
      send(response, 204, {}, "");
    } else if (method === "DELETE") {
      this.objects.delete(key);
      send(response, 204, {}, "");
    } else if (method === "POST" && query.has("uploads")) {
      const id = `upload-${++this.#uploadCount}`;
      this.uploads.set(id, { key, headers: keptHeaders(request), parts: new Map() });
      send(
        response,
        200,
        {},
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    } else if (method === "PUT" && uploadId !== null) {
      this.#upload(uploadId, key).parts.set(Number(query.get("partNumber")), body);
      send(response, 200, { etag: etagOf(body) }, "");
    } else if (method === "POST" && uploadId !== null) {
      const upload = this.#upload(uploadId, key);
      const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, number]) =>
        Number(number),
      );
      const parts = named.map((number) => upload.parts.get(number) ?? refuse(400, "InvalidPart"));
      if (parts.slice(0, -1).some((part) => part.length < 5 * 2 ** 20))
        throw new Refusal(400, "EntityTooSmall");
      this.#store(key, Buffer.concat(parts), upload.headers, request);
      this.uploads.delete(uploadId);
      const etag = this.objects.get(key)?.etag ?? "";
      send(
        response,
        200,
        {},
        `<CompleteMultipartUploadResult><ETag>${etag}</ETag></CompleteMultipartUploadResult>`,
      );
    } else if (method === "PUT" && request.headers["x-amz-copy-source"] !== undefined) {
      const source = decodeURIComponent(String(request.headers["x-amz-copy-source"])).replace(
        /^\/?[^/]+\//,
        "",
      );
      const from = this.objects.get(source) ?? refuse(404, "NoSuchKey");
      this.#store(key, from.body, keptHeaders(request), request);
      const date = new Date(this.objects.get(key)?.modifiedAtMs ?? 0).toISOString();
      send(
        response,
        200,
        {},
        `<CopyObjectResult><ETag>${from.etag}</ETag><LastModified>${date}</LastModified></CopyObjectResult>`,
      );
    } else if (method === "PUT") {
      this.#store(key, body, keptHeaders(request), request);
      if (fault === "lost-answer") response.destroy();
      else send(response, 200, { etag: etagOf(body) }, "");
    } else {
      throw new Refusal(501, "NotImplemented");
    }
  }

  #store(key: string, body: Buffer, headers: Record<string, string>, request: IncomingMessage): void {
    if (request.headers["if-none-match"] === "*" && this.objects.has(key))
      throw new Refusal(412, "PreconditionFailed");
    this.objects.set(key, { body, headers, etag: etagOf(body), modifiedAtMs: this.nowMs() });
  }

  #read(
    method: string,
    key: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault["how"] | null,
  ): void {
    const object = this.objects.get(key) ?? refuse(404, "NoSuchKey");
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const size = object.body.length;
    const start = Number(range?.[1] ?? 0);
    const end = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1);
    if (range !== null && start > end) throw new Refusal(416, "InvalidRange");
    const part = Buffer.from(object.body.subarray(start, end + 1));
    const disposition = query.get("response-content-disposition");
    const headers: Record<string, string> = {
      ...object.headers,
      etag: object.etag,
      "last-modified": new Date(object.modifiedAtMs).toUTCString(),
      "content-length": String(part.length),
      ...(range !== null && { "content-range": `bytes ${start}-${end}/${size}` }),
      ...(disposition !== null && { "content-disposition": disposition }),
    };
    if (fault === "flip") part[0] = (part[0] ?? 0) ^ 1;
    if (fault === "truncate") {
      response.writeHead(range === null ? 200 : 206, headers);
      response.write(part.subarray(0, part.length >> 1), () => response.destroy());
      return;
    }
    send(response, range === null ? 200 : 206, headers, method === "HEAD" ? "" : part);
  }

  #upload(id: string, key: string): Upload {
    const upload = this.uploads.get(id);
    return upload?.key === key ? upload : refuse(404, "NoSuchUpload");
  }

  #faultFor(line: string, search: string): Fault["how"] | null {
    const fault = this.faults.find(
      ({ on, query = "", times }) => times > 0 && line.startsWith(on) && search.includes(query),
    );
    if (fault === undefined) return null;
    fault.times--;
    return fault.how;
  }
}

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, name: string) {
    super(name);
    this.name = name;
    this.status = status;
  }
}

const FAULT_NAMES: Readonly<Record<string, string>> = {
  500: "InternalError",
  503: "SlowDown",
  403: "AccessDenied",
};

function refuse(status: number, name: string): never {
  throw new Refusal(status, name);
}

function errorXml(name: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${name}</Code><Message>${name}</Message></Error>`;
}

function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: string | Buffer,
): void {
  response.writeHead(status, { "content-length": String(Buffer.byteLength(body)), ...headers });
  response.end(body);
}

function keptHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      KEPT_HEADER.test(name) ? [[name, String(value)]] : [],
    ),
  );
}

/** Stated in a header or, signed, in the URL. */
function checkChecksums(stated: Readonly<Record<string, unknown>>, body: Buffer): void {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  const actual: Readonly<Record<string, string>> = {
    "x-amz-checksum-crc32": sum.toString("base64"),
    "x-amz-checksum-sha256": digest(body, "sha256", "base64"),
    "content-md5": digest(body, "md5", "base64"),
  };
  for (const [name, value] of Object.entries(actual)) {
    if (stated[name] !== undefined && stated[name] !== value) throw new Refusal(400, "BadDigest");
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function digest(data: Buffer, algorithm: string, encoding: "hex" | "base64"): string {
  return createHash(algorithm).update(data).digest(encoding);
}

function etagOf(body: Buffer): string {
  return `"${digest(body, "md5", "hex")}"`;
}

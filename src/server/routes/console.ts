/** The console: the files that `npm run build:console` wrote, read once, compressed once. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Routes } from "./routes.ts";

const BUILT = path.join(import.meta.dirname, "../../../console/dist");

/** Nothing comes from elsewhere and nothing is written into the page: what a title or a file name holds stays text. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
};

/** Addresses that the page itself makes sense of. */
const PAGES = ["/", "/new", "/productions/:id", "/machines", "/settings"];

type Encoding = "br" | "gzip";
const compress: Readonly<Record<Encoding, (bytes: Buffer) => Promise<Buffer>>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 9 }),
};

export const consoleRoutes: Routes = (app) => {
  const packed = new Map<string, Promise<Buffer>>();
  const pack = (name: string, bytes: Buffer, encoding: Encoding): Promise<Buffer> => {
    const key = `${encoding} ${name}`;
    const known = packed.get(key) ?? compress[encoding](bytes);
    packed.set(key, known);
    return known;
  };
  const config = { scope: "public" } as const;
  const schema = { hide: true };
  const serve = (urls: readonly string[], name: string, cacheControl: string): void => {
    const bytes = readFileSync(path.join(BUILT, name));
    for (const url of urls) {
      app.get(url, { config, schema }, async (request, reply) => {
        reply
          .header("content-security-policy", POLICY)
          .header("referrer-policy", "no-referrer")
          .header("cross-origin-opener-policy", "same-origin")
          .header("cache-control", cacheControl)
          .header("vary", "accept-encoding")
          .type(TYPES[path.extname(name)] ?? "application/octet-stream");
        const encoding = encodingFor(request.headers["accept-encoding"]);
        if (encoding === null) return reply.send(bytes);
        return reply.header("content-encoding", encoding).send(await pack(name, bytes, encoding));
      });
    }
  };
  serve(PAGES, "index.html", "no-cache");
  // Their names hold their contents' hash.
  for (const name of readdirSync(path.join(BUILT, "assets")))
    serve([`/assets/${name}`], `assets/${name}`, "public, max-age=31536000, immutable");
};

function encodingFor(header: string | string[] | undefined): Encoding | null {
  const accepted = String(header ?? "")
    .split(",")
    .map((part) => part.trim().split(";")[0]);
  return (["br", "gzip"] as const).find((encoding) => accepted.includes(encoding)) ?? null;
}

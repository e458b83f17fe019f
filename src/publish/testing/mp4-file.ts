import { randomBytes } from "node:crypto";

/** Boxes of an MP4 around noise: what an upload looks at, and nothing that plays. */
export function mp4Bytes(sizeBytes: number): Buffer {
  const box = (kind: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + body.length);
    head.write(kind, 4, "latin1");
    return Buffer.concat([head, body]);
  };
  const start = Buffer.concat([box("ftyp", Buffer.from("isom\0\0\x02\0")), box("moov", Buffer.alloc(32))]);
  return Buffer.concat([start, box("mdat", randomBytes(sizeBytes - start.length - 8))]);
}

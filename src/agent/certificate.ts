/**
 * The TLS identity of one lease: a fresh key and a certificate that it signs itself. Nobody but the controller, who
 * knows the fingerprint, has a reason to believe it, so the certificate says as little as a certificate may.
 *
 * Written out here: a certificate of fixed form is some twenty lines of DER, and the libraries that write any form
 * bring a dozen packages and change the global object.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";

export interface LeaseCertificate {
  readonly certificatePem: string;
  /** PKCS #8. Secret. */
  readonly privateKeyPem: string;
  /** Lower-case hex SHA-256 of the certificate's DER. */
  readonly fingerprint: string;
}

/** The name in it is not looked at: machines are reached by address. */
const NAME = "reelburst-agent";
/** Clocks of fresh machines may be wrong. Pinned certificates are not held against the date by our own client. */
const VALID_BEFORE_MS = 24 * 3600e3;

/** @param nowMs wall time */
export function makeLeaseCertificate(nowMs: number, validMs = 30 * 24 * 3600e3): LeaseCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(set(sequence(objectId([2, 5, 4, 3]), der(0x0c, Buffer.from(NAME)))));
  const signedWith = sequence(objectId([1, 2, 840, 10045, 4, 3, 2]));
  const content = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(randomBytes(16)),
    signedWith,
    name,
    sequence(time(nowMs - VALID_BEFORE_MS), time(nowMs + validMs)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", content, privateKey);
  const certificate = sequence(content, signedWith, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  return {
    certificatePem: new X509Certificate(certificate).toString(),
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    fingerprint: fingerprintOf(certificate),
  };
}

/** @param certificate DER */
export function fingerprintOf(certificate: Uint8Array): string {
  return createHash("sha256").update(certificate).digest("hex");
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const header = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(header), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function set(...parts: readonly Buffer[]): Buffer {
  return der(0x31, Buffer.concat(parts));
}

/** Made positive and of the shortest form by its first byte. */
function integer(bytes: Buffer): Buffer {
  const positive = Buffer.from(bytes);
  positive[0] = ((positive[0] ?? 0) & 0x7f) | (bytes.length > 1 ? 0x40 : 0);
  return der(0x02, positive);
}

function objectId([first = 0, second = 0, ...rest]: readonly number[]): Buffer {
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

/** UTCTime, which RFC 5280 wants until 2049. */
function time(atMs: number): Buffer {
  const text = new Date(atMs).toISOString().replace(/[-:T]|\.\d+/g, "");
  return der(0x17, Buffer.from(text.slice(2)));
}

/** What a machine of one's own needs to be an agent, as files: for those who start it by hand. */
import { open } from "node:fs/promises";
import path from "node:path";
import { ReelburstError } from "../support/errors.ts";
import { systemCode, writeError } from "../support/file-errors.ts";
import { makeFolder } from "../support/make-folder.ts";
import { makeLeaseCertificate } from "./certificate.ts";
import { makeLeaseKey } from "./lease-key.ts";

export interface LeaseFiles {
  /** Environment variable -> file. */
  readonly variables: Readonly<Record<string, string>>;
  /** Of the certificate, lower-case hex SHA-256: what the controller is told. */
  readonly fingerprint: string;
}

/**
 * @param nowMs wall time
 * @throws ReelburstError OUTPUT_EXISTS, DISK_FULL, NO_WRITE_PERMISSION
 */
export async function writeLeaseFiles(folder: string, nowMs: number): Promise<LeaseFiles> {
  const { certificatePem, privateKeyPem, fingerprint } = makeLeaseCertificate(nowMs, 10 * 365 * 24 * 3600e3);
  await makeFolder(folder);
  const variables: Record<string, string> = {};
  for (const [name, file, text] of [
    ["REELBURST_AGENT_KEY_FILE", "agent.key", `${makeLeaseKey()}\n`],
    ["REELBURST_AGENT_CERTIFICATE_FILE", "agent-certificate.pem", certificatePem],
    ["REELBURST_AGENT_PRIVATE_KEY_FILE", "agent-private-key.pem", privateKeyPem],
  ] as const) {
    const target = path.join(folder, file);
    await writeSecret(target, text);
    variables[name] = target;
  }
  return { variables, fingerprint };
}

/** Made with its rights, so that nobody else can read it at any moment; and never over an older one, still in use. */
async function writeSecret(file: string, text: string): Promise<void> {
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw writeError(error, file);
    throw new ReelburstError("OUTPUT_EXISTS", `${file} is there already.`, {
      hint: "Choose another folder.",
    });
  }
}

import { rm } from "node:fs/promises";
import { z } from "zod";
import { ReelburstError } from "../../support/errors.ts";
import { readPrivateFile, writePrivateFile } from "../private-file.ts";

/** A login as it lies on disk, mode 0600. The client's secret is not in it: that comes from the settings each time. */
const accountSchema = z.object({
  version: z.literal(1),
  /** Refresh tokens work with the client they were given to, and no other. */
  clientId: z.string(),
  refreshToken: z.string().min(1),
  accessToken: z.string(),
  expiresAtMs: z.number(),
  scopes: z.array(z.string()),
});

export type Account = z.infer<typeof accountSchema>;

/**
 * @throws ReelburstError YOUTUBE_LOGIN_NEEDED for none, a damaged one, and one of another client; SECRET_FILE_EXPOSED
 */
export async function readAccount(file: string, clientId: string): Promise<Account> {
  const text = await readPrivateFile(file);
  if (text === null) throw loginNeeded("There is no login for YouTube");
  const account = parse(text);
  if (account === null) throw loginNeeded("The stored login can't be read");
  if (account.clientId !== clientId) throw loginNeeded("The stored login belongs to another OAuth client");
  return account;
}

export async function writeAccount(file: string, account: Account): Promise<void> {
  await writePrivateFile(file, `${JSON.stringify(account, null, 2)}\n`);
}

export async function deleteAccount(file: string): Promise<void> {
  await rm(file, { force: true });
}

function parse(text: string): Account | null {
  try {
    return accountSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function loginNeeded(message: string): ReelburstError {
  return new ReelburstError("YOUTUBE_LOGIN_NEEDED", `${message}.`, {
    hint: 'Log in with "publish login youtube".',
  });
}

import type { Scope } from "../contracts.ts";

/** API keys. Of a key only its SHA-256 is kept: 256 random bits cannot be guessed, so a slow hash would protect nothing. */
export interface KeyStore {
  add(key: StoredKey): Promise<void>;
  find(id: string): Promise<StoredKey | null>;
  list(): Promise<readonly StoredKey[]>;
  /** @returns whether it was there */
  remove(id: string): Promise<boolean>;
}

export interface StoredKey {
  /** 16 hex digits, part of the key itself: found by it, proved by the rest. */
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  readonly createdMs: number;
}

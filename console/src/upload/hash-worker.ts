/** Hashes files beside the page, in parts: a film of gigabytes neither fills memory nor holds up a key press. */
import { Sha256 } from "./sha256.ts";

self.onmessage = async ({ data }: MessageEvent<{ readonly id: number; readonly file: Blob }>) => {
  try {
    const hash = new Sha256();
    const reader = data.file.stream().getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      hash.update(value);
    }
    postMessage({ id: data.id, sha256: hash.digest() });
  } catch {
    postMessage({ id: data.id, sha256: null });
  }
};

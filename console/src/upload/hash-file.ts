let worker: Worker | null = null;
let count = 0;
const waiting = new Map<number, { resolve: (sha256: string) => void; reject: (error: Error) => void }>();

/** @returns lower-case hex @throws when the file can't be read any more */
export function hashFile(file: Blob): Promise<string> {
  if (worker === null) {
    worker = new Worker(new URL("./hash-worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<{ id: number; sha256: string | null }>) => {
      const asked = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.sha256 === null) asked?.reject(new Error("The file could not be read."));
      else asked?.resolve(data.sha256);
    };
  }
  const id = ++count;
  worker.postMessage({ id, file });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

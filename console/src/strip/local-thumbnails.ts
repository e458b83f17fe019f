/** Small pictures of files on this computer: what the strip shows before the server has rendered anything. */

/** Production -> scene -> blob address; for this tab's productions only. */
export const localThumbnails = new Map<string, ReadonlyMap<string, string>>();

const HEIGHT = 160;

/** null: the browser can't decode it; the server may. */
export async function makeThumbnail(file: Blob): Promise<string | null> {
  try {
    const bitmap = await createImageBitmap(file, { resizeHeight: HEIGHT, resizeQuality: "medium" });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    bitmap.close();
    return URL.createObjectURL(await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 }));
  } catch {
    return null;
  }
}

/** Seconds of a sound; null when the browser can't tell. */
export function soundSeconds(file: Blob): Promise<number | null> {
  return new Promise((resolve) => {
    const audio = new Audio();
    const url = URL.createObjectURL(file);
    const done = (seconds: number | null): void => {
      URL.revokeObjectURL(url);
      resolve(seconds);
    };
    audio.preload = "metadata";
    audio.onloadedmetadata = () => done(Number.isFinite(audio.duration) ? audio.duration : null);
    audio.onerror = () => done(null);
    audio.src = url;
  });
}

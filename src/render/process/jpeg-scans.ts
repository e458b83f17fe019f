/** How many passes over its blocks a progressive JPEG asks for. */

/** What encoders write is about ten; 64 is the most that any optimiser tries. */
export const MAX_JPEG_SCANS = 100;

/**
 * Scans of the JPEG that begins at byte 0; 0 when it is not progressive (a baseline file has one for each channel).
 * Counted up to one above the limit. Segments are followed by their lengths, so that a thumbnail inside one or a film
 * behind the end is not counted.
 */
export function progressiveScans(jpeg: Uint8Array): number {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  let progressive = false;
  let scans = 0;
  for (let at = 2; at + 4 <= bytes.length && scans <= MAX_JPEG_SCANS; ) {
    const marker = bytes[at + 1] as number;
    if (bytes[at] !== 0xff || marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0xd9) break;
    // Stuffed bytes and restarts belong to the pixels, and have no length.
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at = nextMarker(bytes, at + 2);
      continue;
    }
    if (marker === 0xc2 || marker === 0xc6 || marker === 0xca || marker === 0xce) progressive = true;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return 0;
    if (marker === 0xda) scans += 1;
    at += 2 + bytes.readUInt16BE(at + 2);
    if (marker === 0xda) at = nextMarker(bytes, at);
  }
  return progressive ? scans : 0;
}

function nextMarker(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(0xff, from);
  return at < 0 ? bytes.length : at;
}

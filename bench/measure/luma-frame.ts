/** One frame's brightness: `data[y * width + x]`, 8 bit, rows without padding. */
export interface LumaFrame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

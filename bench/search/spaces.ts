/** Which options are searched, over which values, and what each quality level is asked for. */
import type { Quality } from "../../src/spec/production.ts";
import type { Space } from "./candidate.ts";
import type { Aim } from "./compare.ts";

/**
 * x264. Rate control is one option with a constant quantiser (`qp`) or a constant rate factor (`crf`) left empty: x264
 * takes `qp` when both stand there, so the two are separate spaces.
 */
const X264_SHARED: Space = {
  preset: ["superfast", "ultrafast"],
  me: ["dia", "hex"],
  subme: ["0", "1", "2", "4"],
  bf: ["0", "1", "2", "3", "5", "7"],
  "b-pyramid": ["none", "normal"],
  direct: ["none", "spatial", "temporal"],
  weightb: ["0", "1"],
  ref: ["1", "2"],
  cabac: ["0", "1"],
  "8x8dct": ["0", "1"],
  partitions: ["", "none", "i4x4,i8x8,p8x8"],
  "chroma-me": ["0", "1"],
  "fast-pskip": ["0", "1"],
  "dct-decimate": ["0", "1"],
  deblock: ["-2,-2", "-1,-1", "0,0", "1,1", "2,2"],
  "deadzone-inter": ["", "6", "11", "16"],
  "deadzone-intra": ["", "6"],
  "chroma-qp-offset": ["0", "2", "4"],
  trellis: ["0", "1"],
  ipratio: ["1.2", "1.4", "1.7", "2", "2.5", "3"],
  pbratio: ["1.0", "1.1", "1.2", "1.3", "1.5"],
};

export const SPACES: Readonly<Record<string, Space>> = {
  "libx264-qp": {
    ...X264_SHARED,
    qp: Array.from({ length: 21 }, (_, index) => String(12 + index)),
  },
  "libx264-crf": {
    ...X264_SHARED,
    crf: Array.from({ length: 33 }, (_, index) => String(14 + index / 2)),
    mbtree: ["0", "1"],
    "rc-lookahead": ["0", "5", "10", "20"],
    qcomp: ["0.5", "0.6", "0.7", "0.8", "1.0"],
    "aq-mode": ["0", "1", "2", "3"],
    "aq-strength": ["0.3", "0.5", "0.8", "1.0"],
  },
  libx265: {
    preset: ["ultrafast", "superfast", "veryfast"],
    crf: Array.from({ length: 17 }, (_, index) => String(16 + index)),
    bframes: ["", "0", "3", "4"],
    "rc-lookahead": ["", "5", "10"],
    cutree: ["", "0", "1"],
    "aq-mode": ["", "0", "1", "2"],
    "b-adapt": ["", "0"],
    weightp: ["", "0"],
    sao: ["", "0"],
    subme: ["", "0", "1", "2"],
    ipratio: ["", "1.7", "2"],
    pbratio: ["", "1.0", "1.1"],
  },
  libsvtav1: {
    preset: ["6", "8", "9", "10", "11", "12", "13"],
    crf: Array.from({ length: 21 }, (_, index) => String(18 + index * 2)),
    "enable-tf": ["", "0"],
    "enable-cdef": ["", "0"],
    "enable-restoration": ["", "0"],
    "hierarchical-levels": ["", "3", "4"],
    "aq-mode": ["", "0"],
    tune: ["", "0"],
    lookahead: ["", "16", "32"],
  },
};

export const AIMS: Readonly<Record<Quality, Aim>> = {
  draft: { jitter: 0.1, ssim: -0.01, bytes: 1 },
  standard: { jitter: 0.03, ssim: 0, bytes: 1.05 },
  high: { jitter: 0.01, ssim: 0.004, bytes: 12 },
};

// Everything the host calls. The module imports nothing and allocates nothing: every address below is handed
// in by the host, which owns the memory map (see ../memory.ts).
/** First byte of memory that the module does not use itself. */
export function heapBase(): usize {
  return __heap_base;
}

export { convertRow, convertRowSlack } from "./convert";
export { buildReducer, padRow, reduceColumns, reduceRow } from "./reduce";
export { buildAxis } from "./tables";
export { resamplePlane, ringBytes, storeStrip } from "./resample";
export { blendBytes } from "./blend";
export { rampMask } from "./ramp";
export { composePlane, prepareOverlayChroma, prepareOverlayLuma } from "./overlay";

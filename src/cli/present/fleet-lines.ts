import { printable } from "../text/printable.ts";

/** A step of rented machines with its time of day, UTC as the cloud's own. */
export function fleetLine(text: string, nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(11, 19)}  ${printable(text)}`;
}

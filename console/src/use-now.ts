import { signal } from "@preact/signals";

/** The wall clock, ticking once a second. */
export const now = signal(Date.now());
setInterval(() => {
  if (document.visibilityState === "visible") now.value = Date.now();
}, 1000);

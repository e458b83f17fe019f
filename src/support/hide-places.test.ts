import { expect, test } from "vitest";
import { hidePlaces } from "./hide-places.ts";

const SHA = "2cf2".padEnd(64, "0");

test.each([
  [`/srv/data/assets/2c/${SHA} is no picture.`, `asset:${SHA} is no picture.`],
  ["/srv/data/productions/x and /var/cache/chunks/y", "<data>/productions/x and <cache>/chunks/y"],
  ["/srv/data/assets/partial/x", "<data>/assets/partial/x"],
])("%s", (text, said) => {
  expect(hidePlaces(text, "/var/cache", "/srv/data")).toBe(said);
});

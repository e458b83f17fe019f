import { expect, test } from "vitest";
import { contentDisposition } from "./content-disposition.ts";

test.each([
  ["film.mp4", `inline; filename="film.mp4"; filename*=UTF-8''film.mp4`],
  ["Brot (für 2).mp4", `inline; filename="Brot (f_r 2).mp4"; filename*=UTF-8''Brot%20%28f%C3%BCr%202%29.mp4`],
  [
    'a"; x="\\\r\n%41.mp4',
    `inline; filename="a_; x=_____41.mp4"; filename*=UTF-8''a%22%3B%20x%3D%22%5C%0D%0A%2541.mp4`,
  ],
])("%j has a name for everybody, and no way out of the quotes", (name, header) => {
  expect(contentDisposition("inline", name)).toBe(header);
});

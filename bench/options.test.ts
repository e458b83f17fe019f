import { expect, test } from "vitest";
import { readOptions } from "./options.ts";

test("everything by default; quick is one picture and one round", () => {
  expect(readOptions([])).toMatchObject({
    rounds: 2,
    peerRounds: 1,
    filmScenes: 60,
    parts: ["race", "equal", "film"],
  });
  expect(readOptions(["--quick"])).toMatchObject({ pictures: ["photograph"], rounds: 1, filmScenes: 8 });
});

test("what is stated wins over quick", () => {
  const options = readOptions([
    "--quick",
    "--pictures",
    "slide,photograph",
    "--rounds",
    "4",
    "--seconds",
    "3",
  ]);
  expect(options).toMatchObject({ pictures: ["photograph", "slide"], rounds: 4, peerRounds: 2, seconds: 3 });
});

test.each([
  [["--pictures", "cat"], /no "cat"; there are photograph/],
  [["--rounds", "0"], /--rounds needs a number of 1 or more/],
  [["--seconds", "x"], /--seconds needs/],
])("%j is refused", (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});

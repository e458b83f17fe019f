import { describe, expect, test } from "vitest";
import { readConfig } from "./config.ts";

describe("REELBURST_ENCODERS", () => {
  test("software comes first unless hardware is asked for", () => {
    expect(readConfig({}).encoders).toBe("software");
    expect(readConfig({ REELBURST_ENCODERS: "" }).encoders).toBe("software");
    expect(readConfig({ REELBURST_ENCODERS: "hardware" }).encoders).toBe("hardware");
  });

  test("anything else is refused, with the variable's name and what may stand there", () => {
    expect(() => readConfig({ REELBURST_ENCODERS: "gpu" })).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        path: "REELBURST_ENCODERS",
        hint: "Give software or hardware.",
      }),
    );
  });
});

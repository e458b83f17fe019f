import { describe, expect, test } from "vitest";
import { readConfig } from "./config.ts";

describe("REELBURST_FETCH_ALLOW", () => {
  test("is a list of hosts with ports and of networks, empty by default", () => {
    expect(readConfig({}).fetchAllow).toEqual([]);
    expect(
      readConfig({ REELBURST_FETCH_ALLOW: "media.lan:8080, 10.1.0.0/16,[::1]:80 fd00::/8," }).fetchAllow,
    ).toEqual(["media.lan:8080", "10.1.0.0/16", "[::1]:80", "fd00::/8"]);
  });

  test.each(["media.lan", "10.0.0.1", "http://a:80", "*", "a:b"])("refuses %j", (text) => {
    expect(() => readConfig({ REELBURST_FETCH_ALLOW: text })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", path: "REELBURST_FETCH_ALLOW" }),
    );
  });
});

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

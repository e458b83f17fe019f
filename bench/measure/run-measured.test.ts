import { describe, expect, test } from "vitest";
import { runMeasured } from "./run-measured.ts";

const burn =
  "let used; do { for (let i = 0; i < 1e6; i++); used = process.cpuUsage(); } while (used.user + used.system < 3e5);";
const grandchild = `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(burn)}]); console.log("done")`;

describe("a measured run", () => {
  test.runIf(process.platform === "linux")("counts the CPU time and memory of descendants", async () => {
    const { cpuSeconds, peakBytes, largestProcessBytes, stdout } = await runMeasured(process.execPath, [
      "-e",
      grandchild,
    ]);
    expect(stdout.trim()).toBe("done");
    expect(cpuSeconds).toBeGreaterThanOrEqual(0.3);
    // Two processes of Node at once, each some tens of megabytes.
    expect(largestProcessBytes).toBeGreaterThan(2e7);
    expect(peakBytes).toBeGreaterThan((largestProcessBytes ?? 0) * 1.3);
  });

  test("fails with what the program said", async () => {
    const failing = runMeasured(process.execPath, ["-e", "console.error('no such filter'); process.exit(3)"]);
    await expect(failing).rejects.toThrow(/exit 3\nno such filter/);
  });
});

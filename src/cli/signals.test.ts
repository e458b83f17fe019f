import { describe, expect, test } from "vitest";
import { exitCodeOfSignal, listenForStop } from "./signals.ts";
import { fakeContext } from "./testing/fake-context.ts";

function open() {
  const context = fakeContext("/nowhere");
  const log: string[] = [];
  const stop = listenForStop(context.signals, {
    onFirst: (signal) => log.push(`first ${signal}, aborted ${stop.signal.aborted}`),
    onSecond: (signal) => log.push(`second ${signal}`),
  });
  return { context, log, stop };
}

describe("stop signals", () => {
  test("the first aborts, the second insists", () => {
    const { context, log, stop } = open();
    expect(stop.received()).toBeNull();
    context.send("SIGINT");
    expect(stop.signal.aborted).toBe(true);
    expect(stop.signal.reason).toMatchObject({ code: "ABORTED" });
    context.send("SIGTERM");
    // Said before the work is told, so that "Stopping…" stands above what the work says.
    expect(log).toEqual(["first SIGINT, aborted false", "second SIGTERM"]);
    expect(stop.received()).toBe("SIGINT");
  });

  test("a terminal that closes after Ctrl+C does not insist", () => {
    const { context, log } = open();
    context.send("SIGINT");
    context.send("SIGHUP");
    expect(log).toHaveLength(1);
  });

  test("gives the signals back", () => {
    const { context, stop } = open();
    expect(context.listeners()).toBe(3);
    stop.dispose();
    expect(context.listeners()).toBe(0);
  });

  test("exit codes are those of the shells", () => {
    expect([exitCodeOfSignal("SIGHUP"), exitCodeOfSignal("SIGINT"), exitCodeOfSignal("SIGTERM")]).toEqual([
      129, 130, 143,
    ]);
  });
});

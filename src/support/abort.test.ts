import { describe, expect, it } from "vitest";
import { abortError, linkSignals, sleep, throwIfAborted, withTimeout } from "./abort.ts";
import { ReelburstError } from "./errors.ts";
import { ManualClock } from "./manual-clock.ts";

describe("throwIfAborted", () => {
  it("passes without a signal and with a quiet one", () => {
    throwIfAborted(undefined);
    throwIfAborted(new AbortController().signal);
  });

  it("throws ABORTED with the reason as its cause", () => {
    const reason = new Error("Ctrl+C");
    expect(() => throwIfAborted(AbortSignal.abort(reason))).toThrow(
      expect.objectContaining({ code: "ABORTED", cause: reason }),
    );
  });

  it("keeps a reason of ours", () => {
    const reason = new ReelburstError("TIMED_OUT", "Too slow.");
    expect(abortError(AbortSignal.abort(reason))).toBe(reason);
  });
});

describe("linkSignals", () => {
  it("aborts with the first source, and with its reason", () => {
    const [a, b] = [new AbortController(), new AbortController()];
    const linked = linkSignals(a.signal, undefined, b.signal);
    b.abort("b");
    a.abort("a");
    expect(linked.signal.reason).toBe("b");
  });

  it("is aborted at once by a source that already is", () => {
    expect(linkSignals(new AbortController().signal, AbortSignal.abort("old")).signal.reason).toBe("old");
  });

  it("no longer follows once unlinked, and never aborts its sources", () => {
    const source = new AbortController();
    const linked = linkSignals(source.signal);
    linked.unlink();
    linked.abort("own");
    expect(source.signal.aborted).toBe(false);
    source.abort("source");
    expect(linked.signal.reason).toBe("own");
  });
});

describe("sleep", () => {
  it("ends at its time, not before", async () => {
    const clock = new ManualClock();
    let awake = false;
    const sleeping = sleep(1_000, { clock }).then(() => {
      awake = true;
    });
    await clock.advance(999);
    expect(awake).toBe(false);
    await clock.advance(1);
    await sleeping;
    expect(awake).toBe(true);
  });

  it("ends early when aborted and leaves no timer", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const sleeping = sleep(1_000, { clock, signal: controller.signal });
    controller.abort();
    await expect(sleeping).rejects.toMatchObject({ code: "ABORTED" });
    await expect(sleep(1, { clock, signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED" });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("withTimeout", () => {
  it("answers when the work does, and leaves no timer", async () => {
    const clock = new ManualClock();
    expect(await withTimeout(async () => 42, { timeoutMs: 1_000, clock, what: "The probe" })).toBe(42);
    expect(clock.pendingTimers).toBe(0);
  });

  it("answers at its time even if the work never does, and tells the work", async () => {
    const clock = new ManualClock();
    let inner: AbortSignal | undefined;
    const waiting = withTimeout(
      (signal) => {
        inner = signal;
        return new Promise(() => {});
      },
      { timeoutMs: 2_500, clock, what: "The probe" },
    );
    const checked = expect(waiting).rejects.toMatchObject({
      code: "TIMED_OUT",
      retryable: true,
      message: "The probe did not answer within 2.5 s.",
    });
    await clock.advance(2_500);
    await checked;
    expect(inner?.aborted).toBe(true);
  });

  it("is ABORTED when the caller's signal is", async () => {
    const controller = new AbortController();
    const waiting = withTimeout(() => new Promise(() => {}), {
      timeoutMs: 1_000,
      clock: new ManualClock(),
      signal: controller.signal,
      what: "The probe",
    });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
  });
});

import { expect, test } from "vitest";
import { ManualClock } from "../support/manual-clock.ts";
import { DeadMan } from "./dead-man.ts";

function start(idleMs: number, lifetimeMs: number | null) {
  const clock = new ManualClock();
  const ends: string[] = [];
  const deadMan = new DeadMan({ clock, idleMs, lifetimeMs, onExpire: (why) => ends.push(why) });
  return { clock, ends, deadMan };
}

test("silence ends it, once", async () => {
  const { clock, ends, deadMan } = start(1000, null);
  await clock.advance(999);
  expect([ends, deadMan.remainingMs]).toEqual([[], 1]);
  await clock.advance(10_000);
  expect([ends, clock.pendingTimers]).toEqual([["idle"], 0]);
});

test("feeding puts it off, by the time that passes and not by the clock on the wall", async () => {
  const { clock, ends, deadMan } = start(1000, null);
  for (let second = 0; second < 100; second++) {
    await clock.advance(900);
    clock.stepWall(3600_000);
    deadMan.feed();
  }
  expect(ends).toEqual([]);
  await clock.advance(1000);
  expect(ends).toEqual(["idle"]);
});

test("no feeding puts off the end of its lifetime", async () => {
  const { clock, ends, deadMan } = start(1000, 5000);
  for (let at = 0; at < 4500; at += 500) {
    await clock.advance(500);
    deadMan.feed();
  }
  expect([ends, deadMan.remainingMs]).toEqual([[], 500]);
  await clock.advance(500);
  expect(ends).toEqual(["lifetime"]);
});

test("stopped, it does nothing", async () => {
  const { clock, ends, deadMan } = start(1000, null);
  deadMan.stop();
  await clock.advance(5000);
  expect(ends).toEqual([]);
});

test("an outer timer is fed with it, at most once a second", async () => {
  const clock = new ManualClock();
  let fed = 0;
  const deadMan = new DeadMan({
    clock,
    idleMs: 9000,
    lifetimeMs: null,
    onExpire: () => {},
    onFed: () => fed++,
  });
  for (let at = 0; at < 3000; at += 100) {
    deadMan.feed();
    await clock.advance(100);
  }
  expect(fed).toBe(3);
  deadMan.stop();
});

import { expect, test } from "vitest";
import { bytesPerSlot, SlotMemory } from "./slot-memory.ts";

const HD = { width: 1920, height: 1080 };
const UHD = { width: 3840, height: 2160 };
const never = new AbortController().signal;

test("as many at once as there is room for, in order, a large one not passed by", async () => {
  const memory = new SlotMemory(2 * bytesPerSlot(HD));
  const log: string[] = [];
  const take = async (name: string, format: typeof HD) => {
    const giveBack = await memory.take(format, never);
    log.push(name);
    return giveBack;
  };
  const [a, b] = [await take("a", HD), await take("b", HD)];
  const large = take("large", UHD);
  const c = take("c", HD);
  a();
  await Promise.resolve();
  expect(log).toEqual(["a", "b"]);
  b();
  const giveLarge = await large;
  expect(log).toEqual(["a", "b", "large"]);
  giveLarge();
  (await c)();
  expect(log).toEqual(["a", "b", "large", "c"]);
});

test("what is larger than all there is gets it alone; who is stopped leaves the line", async () => {
  const memory = new SlotMemory(1e6);
  const giveBack = await memory.take(HD, never);
  const stop = new AbortController();
  const stopped = memory.take(HD, stop.signal);
  const next = memory.take(HD, never);
  stop.abort();
  await expect(stopped).rejects.toMatchObject({ code: "ABORTED" });
  giveBack();
  (await next)();
  await expect(memory.take(HD, stop.signal).then((give) => give())).resolves.toBeUndefined();
});

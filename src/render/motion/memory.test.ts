import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantiateKernel } from "./kernel-module.ts";
import type { Region } from "./memory.ts";

describe("KernelMemory", () => {
  it("hands out disjoint, aligned regions and merges everything that comes back", async () => {
    const { memory } = await instantiateKernel();
    const used = () => memory.sizeBytes - memory.freeBytes;
    const atStart = used();
    const operation = fc.record({ sizeBytes: fc.integer({ min: 1, max: 300_000 }), free: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const live: Region[] = [];
        for (const { sizeBytes, free } of operations) {
          const region = memory.allocate(sizeBytes);
          expect(region.address % 64).toBe(0);
          expect(region.address).toBeGreaterThan(0);
          expect(region.address + region.sizeBytes).toBeLessThanOrEqual(memory.sizeBytes);
          for (const other of live) {
            expect(
              other.address + other.sizeBytes <= region.address ||
                region.address + region.sizeBytes <= other.address,
            ).toBe(true);
          }
          live.push(region);
          const [victim] = live.splice(free, 1);
          if (victim !== undefined) memory.free(victim);
        }
        for (const region of live) memory.free(region);
        expect(used()).toBe(atStart);
        // One free region again: all of it can be had at once without growing.
        const held = memory.sizeBytes;
        const all = memory.allocate(memory.freeBytes);
        expect(memory.sizeBytes).toBe(held);
        memory.free(all);
      }),
      { numRuns: 60 },
    );
  });

  it("refuses to free a region twice", async () => {
    const { memory } = await instantiateKernel();
    const region = memory.allocate(100);
    memory.free(region);
    expect(() => memory.free(region)).toThrow(RangeError);
  });
});

import { makePrice, type PriceUnit } from "../../../src/money/price.ts";
import { seededRandom } from "../../../src/support/random.ts";
import type { SimulationOptions, SimulationResult } from "./simulate.ts";

const price = (dollars: string, unit: PriceUnit = "hour") =>
  makePrice(dollars, { unit, source: "configured", asOf: "2026-01-01", region: null });

const PRICES = {
  compute: price("0.388"),
  disk: price("0.0952", "GB-month"),
  diskGb: 20,
  address: price("0.005"),
  egress: null,
};

export const QUIET: SimulationOptions = {
  seed: 1,
  chunks: 100,
  secondsPerChunk: 10,
  spread: 0,
  localSlots: 1,
  limits: { minMachines: 0, maxMachines: 10, idleSeconds: 60, maxLaunchesAtOnce: 1_000 },
  bootSeconds: 75,
  bootSpread: 0,
  prices: PRICES,
  capMicros: null,
  refusals: 0,
  deathsPerHour: 0,
  slow: 0,
  tickSeconds: 5,
};

/** The size the whole is built for. */
export const LARGEST: SimulationOptions = {
  ...QUIET,
  chunks: 100_000,
  spread: 0.5,
  limits: { minMachines: 0, maxMachines: 1_000, idleSeconds: 60, maxLaunchesAtOnce: 100 },
  bootSpread: 0.4,
  refusals: 0.2,
  deathsPerHour: 0.5,
  slow: 0.02,
};

/** One of ten thousand different days. */
export function scenarioOf(seed: number): SimulationOptions {
  const random = seededRandom(`scenario ${seed}`);
  const upTo = (limit: number): number => Math.floor(random() ** 2 * limit) + 1;
  const maxMachines = upTo(60);
  return {
    seed,
    chunks: Math.floor(random() ** 2 * 600),
    secondsPerChunk: 2 + random() * 60,
    spread: random() * 0.9,
    localSlots: upTo(4),
    limits: {
      minMachines: random() < 0.2 ? Math.min(maxMachines, upTo(3)) : 0,
      maxMachines,
      idleSeconds: random() * 200,
      maxLaunchesAtOnce: upTo(20),
    },
    bootSeconds: 20 + random() * 200,
    bootSpread: random() * 0.8,
    prices: PRICES,
    capMicros: random() < 0.6 ? Math.floor(random() ** 2 * 2_000_000) : null,
    refusals: random() < 0.3 ? random() * 0.9 : 0,
    deathsPerHour: random() < 0.4 ? random() * 30 : 0,
    slow: random() < 0.4 ? random() * 0.5 : 0,
    tickSeconds: 1 + random() * 10,
  };
}

/** What must hold on every day; empty when it does. */
export function brokenInvariants(options: SimulationOptions, result: SimulationResult): string[] {
  const broken: string[] = [];
  if (result.leftAlive > 0) broken.push(`${result.leftAlive} machines left alive`);
  if (result.mostAtOnce > options.limits.maxMachines) broken.push(`${result.mostAtOnce} machines at once`);
  const wrong = result.results.filter((count) => count !== 1).length;
  if (wrong > 0) broken.push(`${wrong} chunks not done exactly once`);
  // The simulation counts in floats: a hundredth of a cent is what they may be off.
  if (options.capMicros !== null && result.costMicros > options.capMicros + 100) {
    broken.push(`${Math.round(result.costMicros)} of ${options.capMicros} spent`);
  }
  if (options.chunks === 0 && options.limits.minMachines === 0 && result.launched > 0) {
    broken.push("machines for no work");
  }
  return broken;
}

/** The fewest chunks at which `machines` rented ones are sooner done than one slot here, over so many seeds. */
export function measureBreakEven(machines: number, secondsPerChunk: number, seeds: number, run: Run): number {
  const isSooner = (chunks: number): boolean => {
    let difference = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const day = {
        ...QUIET,
        seed: `${seed}/${chunks}`,
        chunks,
        secondsPerChunk,
        spread: 0.3,
        tickSeconds: 1,
      };
      const limits = { ...day.limits, minMachines: machines, maxMachines: machines };
      const rented = run({ ...day, localSlots: 0, limits }).seconds;
      difference += rented - run({ ...day, limits: { ...limits, minMachines: 0, maxMachines: 0 } }).seconds;
    }
    return difference < 0;
  };
  let chunks = 1;
  while (!isSooner(chunks)) chunks++;
  return chunks;
}

type Run = (options: SimulationOptions) => SimulationResult;

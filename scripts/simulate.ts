/** Bursts in virtual time, many more than a test may take: `npm run simulate [seeds] [first seed]`. */
import { breakEvenChunks } from "../src/fleets/policy/predict.ts";
import {
  brokenInvariants,
  LARGEST,
  measureBreakEven,
  scenarioOf,
} from "../test/support/fleet-simulation/scenarios.ts";
import { simulate } from "../test/support/fleet-simulation/simulate.ts";

const seeds = Number(process.argv[2] ?? 10_000);
const first = Number(process.argv[3] ?? 0);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
let problems = 0;

const sum = { chunks: 0, launched: 0, deaths: 0, duplicates: 0, budget: 0 };
for (let seed = first; seed < first + seeds; seed++) {
  const scenario = scenarioOf(seed);
  const result = simulate(scenario);
  for (const broken of brokenInvariants(scenario, result)) {
    problems++;
    say(`seed ${seed}: ${broken}`);
  }
  sum.chunks += scenario.chunks;
  sum.launched += result.launched;
  sum.deaths += result.deaths;
  sum.duplicates += result.duplicates;
  if (result.drainedByBudget) sum.budget++;
}
say(`${seeds} seeds: ${problems} broken invariants`);
say(
  `  ${sum.chunks} chunks, ${sum.launched} machines, ${sum.deaths} deaths, ${sum.duplicates} duplicates, ` +
    `${sum.budget} bursts ended by their budget`,
);

for (let seed = 0; seed < 5; seed++) {
  const scenario = { ...LARGEST, seed };
  const result = simulate(scenario);
  const broken = brokenInvariants(scenario, result);
  problems += broken.length;
  say(
    `1,000 machines, 100,000 chunks, seed ${seed}: ${Math.round(result.seconds)} s, ${result.launched} launched, ` +
      `${result.deaths} died, ${result.duplicates} duplicates; ${broken.join(", ") || "all invariants hold"}`,
  );
}

const slot = { slotsPerMachine: 1, secondsPerWorkSecond: 1, bootSeconds: 0, transferSeconds: 0 };
for (const [machines, seconds] of [
  [2, 5],
  [2, 20],
  [4, 4],
  [4, 10],
  [8, 6],
  [16, 2],
] as const) {
  const foretold = breakEvenChunks(seconds, slot, { ...slot, bootSeconds: 75 }, machines) ?? 0;
  const measured = measureBreakEven(machines, seconds, 200, simulate);
  const error = Math.abs(foretold - measured) / measured;
  if (error > 0.1) problems++;
  say(
    `break-even, ${machines} machines, ${seconds} s a chunk, boot 75 s: foretold ${foretold} chunks, ` +
      `simulated ${measured} (${(100 * error).toFixed(1)} %)`,
  );
}
if (problems > 0) process.exitCode = 1;

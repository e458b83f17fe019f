/**
 * Runs a peer's stages one after the other in this process and prints what they took, as JSON.
 * A process of its own, so that memory is the peer's alone and a failing filter ends nothing else.
 *
 *     node bin/node24.js bench/peer-child.ts '<stages as JSON>'
 */
import { runStage } from "./peers/run-stage.ts";
import type { Stage, StagesResult } from "./peers/stage.ts";

const stages = JSON.parse(process.argv[2] ?? "[]") as readonly Stage[];
const before = process.cpuUsage();
const started = performance.now();
for (const stage of stages) runStage(stage);
const wallSeconds = (performance.now() - started) / 1000;
const used = process.cpuUsage(before);
const result: StagesResult = { wallSeconds, cpuSeconds: (used.user + used.system) / 1e6 };
process.stdout.write(`${JSON.stringify(result)}\n`);

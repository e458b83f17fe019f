/** Body of `POST /v1/chunks` -> an order that may be carried out. Whoever sends it has the key; it may still be damaged. */
import { chunkKey } from "../render/chunk-key.ts";
import { ENCODER_PROFILES } from "../render/encode/profiles.ts";
import { type ChunkPlan, ENGINE_VERSION } from "../render/plan.ts";
import { ReelburstError } from "../support/errors.ts";
import { invalidOrder } from "./agent-errors.ts";
import { ATTEMPT, type ChunkInput, type ChunkOrder, DIGEST } from "./protocol.ts";

const MOST_INPUTS = 100;
/** An hour at 120 a second; a chunk is some seconds. */
const MOST_FRAMES = 432_000;

/** @throws ReelburstError AGENT_ENGINE_DIFFERS, AGENT_ORDER_INVALID */
export function readOrder(body: string): ChunkOrder {
  const order = parse(body);
  const { key, attempt, engine, plan, inputs } = order;
  // First of all: another version may write everything else in another way.
  if (engine !== ENGINE_VERSION)
    throw new ReelburstError("AGENT_ENGINE_DIFFERS", `This agent draws as ${ENGINE_VERSION}.`, {
      hint: "Use one version of Reelburst everywhere: its chunks must be the same bytes.",
    });
  if (typeof attempt !== "string" || !ATTEMPT.test(attempt)) throw invalidOrder("attempt is no token.");
  if (!isPlan(plan)) throw invalidOrder("plan is no plan of a chunk.");
  // Whatever was lost or changed on the way shows here.
  if (typeof key !== "string" || key !== keyOf(plan)) throw invalidOrder("key is not the plan's.");
  if (!isList(inputs) || inputs.length > MOST_INPUTS || !inputs.every(isInput))
    throw invalidOrder("inputs are no list of digests.");
  return { key, attempt, engine, plan, inputs };
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw invalidOrder("The body is no JSON object.");
}

/** The rest of it is for the render process to find wrong: it is limited, and its end costs one chunk. */
function isPlan(plan: unknown): plan is ChunkPlan {
  if (!isObject(plan) || !isObject(plan["format"]) || !isObject(plan["encoder"])) return false;
  const { width, height } = plan["format"];
  return (
    plan["engine"] === ENGINE_VERSION &&
    isCount(width, 8192) &&
    isCount(height, 8192) &&
    isCount(plan["frameCount"], MOST_FRAMES) &&
    Object.hasOwn(ENCODER_PROFILES, String(plan["encoder"]["encoderName"])) &&
    isList(plan["layers"]) &&
    isList(plan["captions"]) &&
    isList(plan["fonts"])
  );
}

function keyOf(plan: ChunkPlan): string | null {
  try {
    return chunkKey(plan);
  } catch {
    // Nested deeper than the stack.
    return null;
  }
}

function isInput(input: unknown): input is ChunkInput {
  if (!isObject(input) || typeof input["sha256"] !== "string" || !DIGEST.test(input["sha256"])) return false;
  const { url } = input;
  return url === undefined || (typeof url === "string" && url.startsWith("https://"));
}

function isCount(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

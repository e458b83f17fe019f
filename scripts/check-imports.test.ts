import { describe, expect, it } from "vitest";
import { findViolations, readImports } from "./check-imports.ts";
import { IMPORT_RULES } from "./import-rules.ts";

/** One import each rule must refuse, and one beside it that must pass. */
const CASES: Readonly<Record<string, { refused: [string, string]; passed: [string, string] }>> = {
  "support-stands-alone": {
    refused: ["src/support/hash.ts", "../spec/issue.ts"],
    passed: ["src/support/hash.ts", "./errors.ts"],
  },
  "spec-on-support": {
    refused: ["src/spec/parse.ts", "../render/plan.ts"],
    passed: ["src/spec/parse.ts", "../support/errors.ts"],
  },
  "domains-below-app": {
    refused: ["src/produce/gather.ts", "../config.ts"],
    passed: ["src/produce/gather.ts", "../storage/chunk-cache.ts"],
  },
  "render-below-produce": {
    refused: ["src/jobs/queue.ts", "../produce/events.ts"],
    passed: ["src/jobs/queue.ts", "../support/clock.ts"],
  },
  "render-draws-only": {
    refused: ["src/render/process/child.ts", "../../storage/chunk-cache.ts"],
    passed: ["src/render/process/child.ts", "../plan.ts"],
  },
  "jobs-knows-no-other-domain": {
    refused: ["src/jobs/job.ts", "../render/plan.ts"],
    passed: ["src/jobs/memory/memory-queue.ts", "../queue.ts"],
  },
  "storage-knows-no-other-domain": {
    refused: ["src/storage/file/pins.ts", "../../jobs/queue.ts"],
    passed: ["src/storage/file/pins.ts", "../chunk-cache.ts"],
  },
  "money-knows-no-other-domain": {
    refused: ["src/money/quote.ts", "../fleets/fleet.ts"],
    passed: ["src/money/quote.ts", "./price.ts"],
  },
  "content-before-the-film": {
    refused: ["src/content/make-film.ts", "../render/process/render-pool.ts"],
    passed: ["src/content/write-production.ts", "../render/cards/card-colors.ts"],
  },
  "publish-knows-no-other-domain": {
    refused: ["src/publish/youtube/upload.ts", "../../money/ledger.ts"],
    passed: ["src/publish/youtube/upload.ts", "../platform.ts"],
  },
  "webhooks-knows-no-other-domain": {
    refused: ["src/webhooks/send.ts", "../produce/events.ts"],
    passed: ["src/webhooks/send.ts", "../support/safe-fetch/contract.ts"],
  },
  "agent-renders-only": {
    refused: ["src/agent/serve-agent.ts", "../storage/chunk-cache.ts"],
    passed: ["src/agent/serve-agent.ts", "../render/process/render-pool.ts"],
  },
  "server-on-top": {
    refused: ["src/produce/produce.ts", "../server/contracts.ts"],
    passed: ["src/cli/commands/serve.ts", "../../server/serve.ts"],
  },
  "server-on-contracts": {
    refused: ["src/server/routes/productions.ts", "../../produce/produce.ts"],
    passed: ["src/server/routes/productions.ts", "../../produce/production-store.ts"],
  },
  "jobs-backends-by-app-only": {
    refused: ["src/produce/render-chunks.ts", "../jobs/memory/memory-queue.ts"],
    passed: ["src/produce/render-chunks.ts", "../jobs/queue.ts"],
  },
  "storage-backends-by-app-only": {
    refused: ["src/produce/gather.ts", "../storage/file/file-chunk-cache.ts"],
    passed: ["src/app.ts", "./storage/file/file-chunk-cache.ts"],
  },
  "fleets-backends-by-app-only": {
    refused: ["src/produce/produce.ts", "../fleets/ec2/launch.ts"],
    passed: ["src/fleets/ec2/launch.ts", "./regions.ts"],
  },
  "money-is-pure": {
    refused: ["src/money/ledger.ts", "../support/clock.ts"],
    passed: ["src/money/amount.ts", "../support/errors.ts"],
  },
  "policy-is-pure": {
    refused: ["src/fleets/policy/scaling.ts", "node:os"],
    passed: ["src/produce/produce.ts", "../fleets/policy/offers.ts"],
  },
  "publish-backends-by-app-only": {
    refused: ["src/produce/produce.ts", "../publish/youtube/upload-film.ts"],
    passed: ["src/publisher.ts", "./publish/youtube/upload-film.ts"],
  },
  "content-backends-by-app-only": {
    refused: ["src/content/script.ts", "./providers/openai/text.ts"],
    passed: ["src/content/script.ts", "./models/text.ts"],
  },
  "backends-apart": {
    refused: ["src/storage/file/pins.ts", "../s3/client.ts"],
    passed: ["src/storage/file/pins.ts", "./scan.ts"],
  },
  "urls-through-safe-fetch": {
    refused: ["src/webhooks/send.ts", "undici"],
    passed: ["src/support/safe-fetch/safe-fetch.ts", "undici"],
  },
  "child-stays-in-the-child": {
    refused: ["src/produce/gather.ts", "../render/process/tasks/probe-image.ts"],
    passed: ["src/produce/gather.ts", "../render/process/render-pool.ts"],
  },
  "cli-is-thin": {
    refused: ["src/cli/commands/plan.ts", "../../produce/produce.ts"],
    passed: ["src/cli/commands/plan.ts", "../../produce/events.ts"],
  },
  "client-knows-the-wire-only": {
    refused: ["src/client/upload.ts", "../server/contracts.ts"],
    passed: ["src/client/upload.ts", "../spec/map-sources.ts"],
  },
  "mcp-on-the-api": {
    refused: ["src/mcp/mcp-server.ts", "../produce/production-store.ts"],
    passed: ["src/mcp/serve-stdio.ts", "../client/upload.ts"],
  },
  "console-on-the-contract": {
    refused: ["console/src/main.tsx", "../../src/spec/parse.ts"],
    passed: ["console/src/main.tsx", "../../src/server/contracts.ts"],
  },
  "cli-on-top": {
    refused: ["src/app.ts", "./cli/text/bar.ts"],
    passed: ["src/cli/program.ts", "./text/bar.ts"],
  },
  "src-without-tooling": {
    refused: ["src/render/motion/path.ts", "../../../test/fixtures/wav.ts"],
    passed: ["src/render/motion/path.test.ts", "../../../test/fixtures/wav.ts"],
  },
  "testing-by-tests-only": {
    refused: ["src/cli/program.ts", "./testing/fake-context.ts"],
    passed: ["src/cli/commands/plan.test.ts", "../testing/fake-context.ts"],
  },
};

function rulesBroken([file, specifier]: [string, string], typeOnly = false): string[] {
  return findViolations([{ file, imports: [{ specifier, typeOnly }] }]).map(({ rule }) => rule.name);
}

describe("import rules", () => {
  it("has one case for each rule", () => {
    expect(Object.keys(CASES).toSorted()).toEqual(IMPORT_RULES.map(({ name }) => name).toSorted());
  });

  it.each(Object.entries(CASES))("%s refuses what it forbids, and only that", (name, { refused, passed }) => {
    expect(rulesBroken(refused)).toContain(name);
    expect(rulesBroken(passed)).toEqual([]);
  });

  it("lets publishing see the contract of object stores, and no store", () => {
    const delivery = "src/publish/s3-delivery.ts";
    expect(rulesBroken([delivery, "../storage/object-store.ts"])).toEqual([]);
    expect(rulesBroken([delivery, "../storage/s3/s3-object-store.ts"])).toContain(
      "publish-knows-no-other-domain",
    );
    expect(rulesBroken(["src/webhooks/send.ts", "../storage/object-store.ts"])).toContain(
      "webhooks-knows-no-other-domain",
    );
    expect(rulesBroken(["src/cli/commands/publish.ts", "../../publisher.ts"])).toContain("cli-is-thin");
  });

  it("lets types of the child process out, and nothing else through as types", () => {
    expect(rulesBroken(["src/produce/gather.ts", "../render/process/tasks/probe-image.ts"], true)).toEqual(
      [],
    );
    expect(rulesBroken(["src/cli/commands/plan.ts", "../../produce/produce.ts"], true)).toContain(
      "cli-is-thin",
    );
  });
});

describe("readImports", () => {
  it("finds every form", () => {
    const source = [
      'import fs from "node:fs";',
      'import type { A } from "./a.ts";',
      "import {\n  b,\n  type C,\n} from './b.ts';",
      'import "./effect.ts";',
      'import * as d from "./d.ts";',
      'export { e } from "./e.ts";',
      'export type { F } from "./f.ts";',
      'const g = await import("./g.ts");',
      'import h, { i } from "sharp";',
    ].join("\n");
    const found = readImports(source);
    expect(found.map(({ specifier }) => specifier).toSorted()).toEqual(
      [
        "node:fs",
        "./a.ts",
        "./b.ts",
        "./effect.ts",
        "./d.ts",
        "./e.ts",
        "./f.ts",
        "./g.ts",
        "sharp",
      ].toSorted(),
    );
    expect(found.filter(({ typeOnly }) => typeOnly).map(({ specifier }) => specifier)).toEqual([
      "./a.ts",
      "./f.ts",
    ]);
  });

  it("is not misled by comments, strings and exported values", () => {
    const source = [
      '// import a from "a";',
      '/*\n import b from "b";\n*/',
      'export const text = `from "c"`;',
      "const line = 'import d from \"d\"';",
      "export function from() {}",
    ].join("\n");
    expect(readImports(source)).toEqual([]);
  });
});

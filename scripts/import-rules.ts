/**
 * Who may import whom, as data. Paths are relative to the repository's root; targets that are not files of ours
 * keep the name they are imported by (`sharp`, `node:fs`). Biome checks what it can see in one file alone
 * (native libraries, process.env) and cycles; these rules are about folders.
 */
export interface ImportRule {
  readonly name: string;
  /** Globs of the files the rule is about, and of those among them it spares. */
  readonly importers: readonly string[];
  readonly except?: readonly string[];
  /** Globs of what they may not import, and of what among it they may all the same. */
  readonly forbidden: readonly string[];
  readonly allowed?: readonly string[];
  /** `import type` is fine: nothing of it is left when the program runs. */
  readonly typesAllowed?: true;
  readonly because: string;
}

const DOMAINS = [
  "produce",
  "render",
  "content",
  "jobs",
  "fleets",
  "money",
  "storage",
  "publish",
  "webhooks",
  "agent",
];

/** Folders with one implementation of a contract each; the contract stands one level above. */
const BACKENDS = [
  "src/jobs/*/**",
  "src/storage/*/**",
  "src/fleets/*/**",
  "src/publish/*/**",
  "src/content/providers/**",
];

/** They put concrete backends together. */
const ROOTS = [
  "src/app.ts",
  "src/service.ts",
  "src/service-backends.ts",
  "src/publisher.ts",
  "src/making.ts",
  "src/bursting.ts",
  "src/make-stages.ts",
  "src/doctor.ts",
];

/** With the helpers they share. */
const TESTS = ["src/**/*.test.ts", "src/**/testing/**"];

export const IMPORT_RULES: readonly ImportRule[] = [
  {
    name: "support-stands-alone",
    importers: ["src/support/**"],
    except: TESTS,
    forbidden: ["src/**"],
    allowed: ["src/support/**"],
    because: "support has no domain words and imports nothing of ours",
  },
  {
    name: "spec-on-support",
    importers: ["src/spec/**"],
    except: TESTS,
    forbidden: ["src/**"],
    allowed: ["src/spec/**", "src/support/**"],
    because: "spec is what everybody agrees on; it may use support and nothing else of ours",
  },
  {
    name: "domains-below-app",
    importers: DOMAINS.map((domain) => `src/${domain}/**`),
    except: TESTS,
    forbidden: ["src/*.ts", "src/cli/**", "src/server/**"],
    because: "the domains are wired by app.ts and know neither it, nor the configuration, nor who calls",
  },
  {
    name: "render-below-produce",
    importers: ["src/render/**", "src/jobs/**", "src/storage/**", "src/money/**"],
    except: TESTS,
    forbidden: ["src/produce/**", "src/fleets/**"],
    because: "produce stands above render, jobs, storage and money",
  },
  {
    name: "render-draws-only",
    importers: ["src/render/**"],
    except: TESTS,
    forbidden: ["src/jobs/**", "src/storage/**", "src/money/**", "src/content/**", "src/publish/**"],
    because: "render knows no queue, no storage and no money: it must run on a rented machine as it is",
  },
  ...["jobs", "storage", "money", "publish", "webhooks"].map(
    (domain): ImportRule => ({
      name: `${domain}-knows-no-other-domain`,
      importers: [`src/${domain}/**`],
      except: TESTS,
      forbidden: DOMAINS.filter((other) => other !== domain).map((other) => `src/${other}/**`),
      // The one contract that rooms beside storage are written against: what is kept in SQL is kept through it. And
      // what is delivered goes through the contract of object stores, whichever store that is.
      allowed: ["src/storage/database.ts", ...(domain === "publish" ? ["src/storage/object-store.ts"] : [])],
      because: `${domain} imports spec and support; its callers bring the rest`,
    }),
  ),
  ...["jobs", "storage", "fleets", "publish", "content"].map(
    (domain): ImportRule => ({
      name: `${domain}-backends-by-app-only`,
      importers: ["src/**"],
      except: [...TESTS, ...ROOTS, `src/${domain}/*/**`],
      forbidden: BACKENDS.filter((backend) => backend.startsWith(`src/${domain}/`)),
      // Decisions, not a backend: whoever plans may ask them.
      allowed: ["src/fleets/policy/**"],
      because:
        "only app.ts and the composition roots beside it name concrete backends; everybody else imports the contract",
    }),
  ),
  {
    name: "money-is-pure",
    importers: ["src/money/**"],
    except: TESTS,
    forbidden: ["node:**", "src/**", "@*/**"],
    allowed: ["src/money/**", "src/support/errors.ts"],
    because: "amounts depend on what is handed in and on nothing else: no clock, no disk, no cloud",
  },
  {
    name: "policy-is-pure",
    importers: ["src/fleets/policy/**"],
    except: TESTS,
    forbidden: ["node:**", "src/**", "@*/**"],
    allowed: ["src/fleets/policy/**", "src/fleets/fleet.ts", "src/money/**", "src/support/errors.ts"],
    because: "decisions about machines are simulated ten thousand times: no clock, no disk, no cloud",
  },
  {
    name: "content-before-the-film",
    importers: ["src/content/**"],
    except: TESTS,
    forbidden: DOMAINS.filter((other) => other !== "content").map((other) => `src/${other}/**`),
    // So that a film's colours are mixed as its cards' are.
    allowed: ["src/render/cards/card-colors.ts"],
    because: "content ends with a production file; who renders, stores or pays is its callers' business",
  },
  {
    name: "backends-apart",
    importers: ["src/jobs/memory/**", "src/storage/file/**"],
    forbidden: BACKENDS,
    allowed: ["src/jobs/memory/**", "src/storage/file/**"],
    because: "one backend does not lean on another",
  },
  {
    name: "urls-through-safe-fetch",
    importers: ["src/**"],
    except: [...TESTS, "src/support/safe-fetch/**", "src/agent/client/pinned-pool.ts"],
    forbidden: ["undici"],
    because:
      "one place decides which addresses may be connected to; an agent is wherever its fleet says, and is known by its certificate",
  },
  {
    name: "agent-renders-only",
    importers: ["src/agent/**"],
    except: TESTS,
    forbidden: ["src/**"],
    allowed: ["src/agent/**", "src/render/**", "src/spec/**", "src/support/**"],
    because:
      "an agent is render, a small HTTP server and its client; it knows no queue, no database, no cloud",
  },
  {
    name: "child-stays-in-the-child",
    importers: ["src/**"],
    except: [...TESTS, "src/render/process/**"],
    forbidden: ["src/render/process/tasks/**", "src/render/process/libav/**", "src/render/process/child.ts"],
    typesAllowed: true,
    because: "these load native media code, which belongs into the limited child process",
  },
  {
    name: "cli-is-thin",
    importers: ["src/cli/**"],
    except: TESTS,
    forbidden: ["src/**"],
    allowed: [
      "src/cli/**",
      "src/app.ts",
      "src/backup.ts",
      "src/client/**",
      "src/config.ts",
      "src/mcp/**",
      "src/spec/**",
      "src/support/**",
      "src/produce/events.ts",
      "src/produce/output-paths.ts",
      "src/produce/problems.ts",
      "src/produce/variants.ts",
      "src/server/serve.ts",
      "src/agent/lease-files.ts",
      "src/agent/serve-agent.ts",
    ],
    because: "a command parses, calls app.ts and prints",
  },
  {
    name: "server-on-top",
    importers: ["src/**"],
    except: [...TESTS, "src/cli/**", "src/server/**"],
    forbidden: ["src/server/**"],
    because: "nothing but the CLI's serve command imports the server",
  },
  {
    name: "server-on-contracts",
    importers: ["src/server/**"],
    except: TESTS,
    forbidden: ["src/**"],
    allowed: [
      "src/server/**",
      "src/app.ts",
      "src/client/server-file.ts",
      "src/mcp/**",
      "src/spec/**",
      "src/support/**",
      "src/produce/events.ts",
      "src/produce/problems.ts",
      "src/produce/production-store.ts",
      "src/storage/*.ts",
      "src/webhooks/*.ts",
    ],
    because: "the server speaks to app.ts and to contracts, never to what implements them",
  },
  {
    name: "client-knows-the-wire-only",
    importers: ["src/client/**"],
    except: TESTS,
    forbidden: ["src/**"],
    allowed: ["src/client/**", "src/spec/**", "src/support/**", "src/produce/events.ts"],
    because: "a client speaks HTTP to a server that may be another program on another machine",
  },
  {
    name: "mcp-on-the-api",
    importers: ["src/mcp/**"],
    except: TESTS,
    forbidden: ["src/**"],
    allowed: ["src/mcp/**", "src/client/**", "src/spec/**", "src/support/**"],
    because: "its tools are requests to the HTTP API, wherever that is",
  },
  {
    name: "console-on-the-contract",
    importers: ["console/src/**"],
    forbidden: ["src/**", "node:*", "zod"],
    allowed: [
      "src/server/contracts.ts",
      "src/spec/folder-*.ts",
      "src/spec/issue.ts",
      "src/render/captions/styles/caption-styles.ts",
    ],
    typesAllowed: true,
    because: "the console speaks HTTP; of the program it takes types and a few pure rules",
  },
  {
    name: "cli-on-top",
    importers: ["src/**"],
    except: ["src/cli/**"],
    forbidden: ["src/cli/**"],
    because: "nothing imports the CLI",
  },
  {
    name: "src-without-tooling",
    importers: ["src/**", "bin/**"],
    except: TESTS,
    forbidden: ["scripts/**", "bench/**", "examples/**", "test/**", "vitest", "fast-check"],
    because: "what users run does not need what developers run",
  },
  {
    name: "testing-by-tests-only",
    importers: ["src/**", "bin/**"],
    except: TESTS,
    forbidden: ["src/**/testing/**"],
    because: "helpers of tests are no part of the program",
  },
];

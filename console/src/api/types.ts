/** The contract's types, and nothing else of the server. */
import type { z } from "zod";
import type {
  costs,
  created,
  createdKey,
  health,
  keys,
  leases,
  page,
  quotes,
  systemCheck,
  validated,
  workers,
} from "../../../src/server/contracts.ts";

export type {
  Problem,
  ProductionSummaryView as Summary,
  ProductionView as Production,
} from "../../../src/server/contracts.ts";

import type { ProductionView } from "../../../src/server/contracts.ts";

export type State = ProductionView["status"];
export type Scene = ProductionView["scenes"][number];
export type Page = z.infer<typeof page>;
export type Created = z.infer<typeof created>;
export type Validated = z.infer<typeof validated>;
export type Quotes = z.infer<typeof quotes>;
export type Workers = z.infer<typeof workers>;
export type Leases = z.infer<typeof leases>;
export type Costs = z.infer<typeof costs>;
export type Health = z.infer<typeof health>;
export type SystemCheck = z.infer<typeof systemCheck>;
export type Keys = z.infer<typeof keys>;
export type CreatedKey = z.infer<typeof createdKey>;
export interface Issue {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

import { describeLeaseStore } from "../../../test/contracts/lease-store.contract.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { MemoryLeaseStore } from "./memory-lease-store.ts";

describeLeaseStore("memory", async () => new MemoryLeaseStore({ clock: new ManualClock(), owner: "rb-1" }));

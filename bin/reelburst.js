#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { runUnderNode24 } from "./node24.js";

runUnderNode24([fileURLToPath(new URL("../src/cli/main.ts", import.meta.url)), ...process.argv.slice(2)]);

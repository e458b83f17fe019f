#!/usr/bin/env node
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isNewEnough, runUnderNode24 } from "./node24.js";

const start = new URL("./start.js", import.meta.url);

// A Node that is new enough runs the program itself: one process less between the user and the work.
if (isNewEnough()) await import(start.href);
else runUnderNode24([fileURLToPath(start), ...process.argv.slice(2)], { endWithLauncher: true });

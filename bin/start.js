// The program, with Node's compile cache: stripping the types off some two hundred files and compiling them was more
// than half of what a short command took. Where the folder cannot be written everything works without it, and who needs
// the folder says so.
import { enableCompileCache } from "node:module";
import process from "node:process";
import { compileFolder } from "./compile-folder.js";

enableCompileCache(compileFolder(process.env));
await import("../src/cli/main.ts");

/**
 * Compiles the motion kernel (AssemblyScript -> WASM SIMD). The result is committed, so that nobody needs the
 * compiler to run; `--check` rebuilds it in memory and fails when the committed file is not what the source gives.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "../src/render/motion");
const outputFile = path.join(folder, "kernel.wasm");

async function compile(): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      "index.ts",
      "--outFile",
      "kernel.wasm",
      "-O3",
      "--converge",
      "--enable",
      "simd",
      "--enable",
      "relaxed-simd",
      "--runtime",
      "stub",
      "--noAssert",
      // Nothing in the kernel can abort; without this the module would import the handler.
      "--use",
      "abort=",
    ],
    {
      readFile: (name, baseDirectory) =>
        readFile(path.resolve(folder, "assembly", baseDirectory, name), "utf8").catch(() => null),
      writeFile: (name, contents) => {
        if (name === "kernel.wasm" && typeof contents !== "string") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined) {
    throw new Error(`the kernel does not compile:\n${stderr.toString()}`, { cause: error });
  }
  return binary;
}

const built = await compile();
if (process.argv.includes("--check")) {
  const committed = await readFile(outputFile).catch(() => Buffer.alloc(0));
  if (!committed.equals(built)) {
    process.stderr.write(
      "kernel.wasm differs from what assembly/ compiles to. Run `npm run build:kernel`.\n",
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(outputFile, built);
  process.stdout.write(`kernel.wasm: ${built.byteLength} bytes\n`);
}

import path from "node:path";
import { PRODUCTION_FILE_NAMES } from "../spec/load.ts";
import type { Production } from "../spec/production.ts";
import { type OutputWish, resolveOutput } from "./output-path.ts";
import { overwrittenInput, refuseInputOverwrite } from "./protect-inputs.ts";

/**
 * Where a render of `source` goes, and that it harms none of its inputs.
 * @throws ReelburstError OUTPUT_CONFLICT
 */
export async function chooseOutput(
  production: Production,
  wish: OutputWish,
  source: string,
): Promise<string> {
  const absolute = path.resolve(wish.cwd, source);
  const sourceFiles = [absolute, ...PRODUCTION_FILE_NAMES.map((name) => path.join(absolute, name))];
  const output = await resolveOutput(wish);
  if (wish.output === undefined && (await overwrittenInput(output, production, sourceFiles)) !== null) {
    // `render harbour.json` in its own folder: the user chose no name, so another one is chosen.
    const other = await resolveOutput({ ...wish, variant: [...wish.variant, "film"] });
    await refuseInputOverwrite(other, production, sourceFiles);
    return other;
  }
  await refuseInputOverwrite(output, production, sourceFiles);
  return output;
}

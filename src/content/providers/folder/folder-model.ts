import { open, readdir } from "node:fs/promises";
import path from "node:path";
import type { ImageModel } from "../../models/image.ts";
import { ProviderError } from "../../models/provider.ts";
import { pictureFormatOf } from "../shared/picture-format.ts";

const MAX_BYTES = 60e6;

/** Pictures of the user's own, named after the segments: `s01.jpg`. */
export function folderModel(folder: string): ImageModel {
  return {
    name: "folder",
    model: folder,
    keys: null,
    fresh: true,
    estimateMicros: () => 0,
    call: async ({ segmentId }) => {
      const names = await readdir(folder).catch((cause: unknown) => {
        throw new ProviderError("unsupported", `the folder ${folder} can't be read.`, { cause });
      });
      const name = names
        .toSorted()
        .find(
          (one) =>
            /\.(?:png|jpe?g|webp)$/i.test(one) &&
            path.parse(one).name.toLowerCase() === segmentId.toLowerCase(),
        );
      if (name === undefined)
        throw new ProviderError("unsupported", `there is no ${segmentId}.jpg, .png or .webp in ${folder}.`);
      const file = await open(path.join(folder, name), "r");
      try {
        const { size } = await file.stat();
        if (size > MAX_BYTES) throw new ProviderError("unsupported", `${name} is larger than 60 MB.`);
        const bytes = await file.readFile();
        const format = pictureFormatOf(bytes);
        if (format === null) throw new ProviderError("unsupported", `${name} is no PNG, JPEG or WebP.`);
        return { answer: { kind: "picture", bytes, format }, costMicros: 0 };
      } finally {
        await file.close();
      }
    },
  };
}

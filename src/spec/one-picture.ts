import type { z } from "zod";
import { quote } from "./issue.ts";

/** What a scene may show; exactly one of them. */
const PICTURES = ["image", "video", "card"] as const;

/**
 * A scene that shows nothing, or two things, is refused, also beside other mistakes: everything wrong is told at once.
 * What is wrong within a picture is told there.
 */
export function withOnePicture<Scene extends z.ZodObject>(scene: Scene): Scene {
  const given = (value: unknown) =>
    PICTURES.filter((key) => (value as Readonly<Record<string, unknown>>)[key] !== undefined);
  const when = ({ value, issues }: z.core.ParsePayload): boolean =>
    typeof value === "object" &&
    value !== null &&
    !issues.some(({ path }) => (PICTURES as readonly unknown[]).includes(path?.[0]));
  return scene
    .refine((value) => given(value).length > 0, {
      when,
      path: ["image"],
      error: '"image" is missing.',
      params: { code: "REQUIRED", hint: "A scene shows an image, a video or a card." },
    })
    .refine((value) => given(value).length < 2, {
      when,
      error: ({ input }) =>
        `The scene has ${given(input).map(quote).join(" and ")}; it can show only one of them.`,
      params: { code: "SCENE_PICTURE_AMBIGUOUS", hint: "Keep one, or make two scenes of it." },
    });
}

/** The same for editors, in the published schema. */
export const ONE_PICTURE_SCHEMA = { oneOf: PICTURES.map((key) => ({ required: [key] })) };

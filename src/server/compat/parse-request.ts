import type { z } from "zod";
import { ReelburstError } from "../../support/errors.ts";

/** Keys that are not known are passed by, as the older services did. @throws ReelburstError REQUEST_INVALID */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  at = "",
): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  const path = (first?.path ?? []).reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${String(part)}`,
    at,
  );
  throw new ReelburstError("REQUEST_INVALID", `${path || "The body"}: ${first?.message ?? "it is wrong"}`, {
    ...(path === "" ? {} : { path }),
    hint: "See docs/guide/compatibility.md for what is expected.",
  });
}

import { usageError } from "../failure.ts";
import { printable } from "../text/printable.ts";

/** @throws CommandFailure for what is no id: it would become part of an address */
export function productionPath(id: string): string {
  if (/^[0-9a-f]{32}$/.test(id)) return `/v1/productions/${id}`;
  throw usageError(
    `${printable(id)} is not a production id.`,
    'An id has 32 digits and letters; the command "status" lists them.',
  );
}

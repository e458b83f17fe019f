import type { LifecycleRule as S3Rule } from "@aws-sdk/client-s3";
import type { LifecycleRule } from "../lifecycle.ts";

/** By this we know our own rules among those the bucket's owner has made. */
const OURS = "reelburst-";

/**
 * The bucket's rules with ours in them: the request replaces all, so those of others must be sent along. Pure.
 * @param folder what every key of the store begins with; "" or ending in "/".
 */
export function mergeRules(
  existing: readonly S3Rule[],
  rules: readonly LifecycleRule[],
  folder: string,
): readonly S3Rule[] {
  // Several stores may share a bucket, each below its own prefix.
  const mark = `${OURS}${folder.replaceAll("/", "-")}`;
  const isOurs = ({ ID = "", Filter }: S3Rule): boolean =>
    ID.startsWith(OURS) &&
    (Filter?.Prefix ?? "").startsWith(folder) &&
    (ID.startsWith(`${mark}in-`) || ID === `${mark}uploads`);
  return [
    ...existing.filter((rule) => !isOurs(rule)),
    ...rules.map(({ prefix, days }): S3Rule => {
      return {
        ID: `${mark}in-${prefix.replaceAll("/", "-")}`,
        Status: "Enabled",
        Filter: { Prefix: `${folder}${prefix}` },
        Expiration: { Days: days },
      };
    }),
    {
      // A killed process can't abort its upload, and its parts are billed though no listing shows them.
      ID: `${mark}uploads`,
      Status: "Enabled",
      Filter: { Prefix: folder },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    },
  ];
}

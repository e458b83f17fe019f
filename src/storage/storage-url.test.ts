import { expect, it } from "vitest";
import { parseStorageUrl } from "./storage-url.ts";

it.each([
  ["file:///srv/films", { kind: "file", folder: "/srv/films" }],
  ["file:///srv/my%20films/", { kind: "file", folder: "/srv/my films" }],
  [
    "s3://films/a/b?region=eu-central-1",
    {
      bucket: "films",
      prefix: "a/b",
      region: "eu-central-1",
      pathStyle: false,
      encryption: "AES256",
      lifecycle: true,
    },
  ],
  [
    "s3://films?endpoint=http://minio:9000/&conditionalWrites=false",
    {
      prefix: "",
      endpoint: "http://minio:9000",
      pathStyle: true,
      encryption: null,
      conditionalWrites: false,
    },
  ],
  ["s3://films?endpoint=https://s.example&pathStyle=false", { pathStyle: false }],
  ["s3://films?kmsKeyId=alias/films", { encryption: "aws:kms", kmsKeyId: "alias/films" }],
  ["s3://films?encryption=none", { encryption: null }],
])("%s", (url, target) => {
  expect(parseStorageUrl(url)).toMatchObject(target);
});

it.each([
  [""],
  ["/srv/films"],
  ["http://films"],
  ["file://host/films"],
  ["file:///films?x=1"],
  ["s3://"],
  ["s3://F"],
  ["s3://films?regoin=x"],
  ["s3://films?encryption=rot13"],
  ["s3://films?pathStyle=maybe"],
  ["s3://films?endpoint=minio:9000"],
  ["s3://films/../x y"],
])("%s is refused", (url) => {
  expect(() => parseStorageUrl(url)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
});

it("credentials in it are refused, and not repeated", () => {
  expect(() => parseStorageUrl("s3://key:hush@films")).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID" }),
  );
  expect(() => parseStorageUrl("s3://key:hush@films")).not.toThrow(/hush/);
});

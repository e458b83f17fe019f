import path from "node:path";
import { expect, it } from "vitest";
import { readPublishSettings } from "./config.ts";

it("reads nothing from an empty environment", () => {
  expect(readPublishSettings({ REELBURST_DATA_DIR: "/data" })).toEqual({
    folder: path.resolve("/data/publish"),
    youtubeClient: null,
    googleOrigin: null,
    storageUrl: null,
    s3Credentials: null,
  });
});

it("takes half of a pair of S3 keys for a mistake", () => {
  expect(() => readPublishSettings({ S3_ACCESS_KEY_ID: "a" })).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID", path: "S3_SECRET_ACCESS_KEY" }),
  );
});

it.each([
  "https://evil.example",
  "http://127.0.0.1.evil.example:80",
  "http://127.0.0.1:80@evil.example",
  "http://10.0.0.1:80",
  "http://127.0.0.1:80/",
])("sends logins to no other server, whatever the settings say (%s)", (origin) => {
  expect(() => readPublishSettings({ REELBURST_GOOGLE_ORIGIN: origin })).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID" }),
  );
});

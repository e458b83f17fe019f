/** What older requests become, as values. */
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { parseProduction } from "../../spec/parse.ts";
import { safeFileName } from "./file-name.ts";
import { parseOperation, planOperation } from "./gpu-operations.ts";
import { chooseEffect, fromAssColor, type OnestepRequest, planOnestep } from "./onestep-document.ts";
import { pictureShape } from "./picture-shape.ts";
import { planScene } from "./process-scene.ts";

const ASSET = `asset:${"7".repeat(64)}`;
const files = { input_image: ASSET, input_audio: ASSET, subtitle: `${ASSET}.srt`, watermark: ASSET };
const lying = { width: 300, height: 200 };

/** Every document is one that the parser takes. */
function parsed(document: unknown) {
  const { production, issues } = parseProduction(document, { baseDirectory: "/x", allowUrls: true });
  expect(issues).toEqual([]);
  if (production === null) throw new Error("no production");
  return production;
}

const onestep = (request: OnestepRequest, shape: typeof lying | null = lying) =>
  parsed(planOnestep(request, files, shape).document);

describe("a one-step request", () => {
  test("becomes one scene as long as its sound, delivered as it is", () => {
    const { output, scenes } = onestep({});
    expect(output).toMatchObject({ width: 1920, height: 1080, deliver: "scenes", loudness: null });
    expect(scenes).toMatchObject([{ duration: "auto", pad: { before: 0, after: 0 } }]);
  });

  test.for([
    [0, 1],
    [0.2, 0.8],
    [0.7, 0.3],
    [1, 0],
    [undefined, 0.8],
  ] as const)("a background of %s lets as much through as it did: our box is %s solid", ([theirs, ours]) => {
    expect(onestep({ background_opacity: theirs }).scenes[0]?.captions.boxOpacity).toBeCloseTo(ours, 9);
  });

  test("keeps colour, size, box and language of its captions", () => {
    const { scenes } = onestep({
      background_box: false,
      outline_color: "&H00FF8000",
      font_size: 95,
      language: "English",
    });
    expect(scenes[0]).toMatchObject({
      language: "en",
      captions: { style: "outline", outlineColor: "#0080ff", size: expect.closeTo(2, 1) },
    });
    expect(onestep({}).scenes[0]?.language).toBe("zh");
    expect([fromAssColor("&H000000FF"), fromAssColor("0000FF&"), fromAssColor("&hFF00FF")]).toEqual([
      "#ff0000",
      "#ff0000",
      "#ff00ff",
    ]);
  });

  test("stands when it is told to, or when its picture does", () => {
    const size = (request: OnestepRequest, shape: typeof lying | null) =>
      onestep(request, shape).output.width;
    expect(size({}, { width: 200, height: 300 })).toBe(1080);
    expect(size({ is_portrait: false }, { width: 200, height: 300 })).toBe(1920);
    expect(size({ is_portrait: true }, lying)).toBe(1080);
    expect(size({}, null)).toBe(1920);
  });

  test("zooms by a tenth about the centre, pans, or stands still; whole pictures are never stretched", () => {
    const scene = (effects: OnestepRequest["effects"]) => onestep({ effects }).scenes[0];
    expect(scene(["zoom_in"])?.motion).toMatchObject({
      from: { x: 0.5, y: 0.5, scale: 1 },
      to: { x: 0.5, y: 0.5, scale: 1.1 },
    });
    expect(scene(["zoom_out"])?.motion).toMatchObject({ from: { scale: 1.1 }, to: { scale: 1 } });
    expect(scene(["pan_left"])?.motion).toMatchObject({ effect: "panLeft", amount: 0.1 });
    expect(scene([])).toMatchObject({ motion: { effect: "none" }, image: { fit: "contain" } });
    expect(scene(["zoom_in"])?.image?.fit).toBe("cover");
  });

  test("draws one of several effects, the same for the same picture, each sooner or later", () => {
    const pictures = Array.from(
      { length: 64 },
      (_, n) => `asset:${n.toString(16).padStart(8, "0").repeat(8)}`,
    );
    const drawn = pictures.map((picture) => chooseEffect(["zoom_in", "zoom_out"], picture));
    expect(new Set(drawn)).toEqual(new Set(["zoom_in", "zoom_out"]));
    expect(pictures.map((picture) => chooseEffect(["zoom_in", "zoom_out"], picture))).toEqual(drawn);
    const any = Array.from({ length: 64 }, (_, n) =>
      chooseEffect(["random"], `${(n * 0x01234567).toString(16)}00000000`),
    );
    expect(new Set(any).size).toBe(4);
    expect(chooseEffect([], ASSET)).toBeNull();
  });

  test.for([
    [["zoom_in"], `${ASSET}.srt`, "full_featured"],
    [["zoom_in"], null, "effects_only"],
    [[], `${ASSET}.srt`, "subtitles_only"],
    [[], null, "baseline"],
  ] as const)("%j with captions %s is %s", ([effects, subtitle, scenario]) => {
    expect(planOnestep({ effects: [...effects] }, { ...files, subtitle }, lying).scenario).toBe(scenario);
  });

  test("has its watermark an eighth of the frame wide", () => {
    const { watermark, output } = onestep({ is_portrait: true });
    expect((watermark?.size ?? 0) * Math.min(output.width, output.height)).toBeCloseTo(135, 6);
  });

  test("tells findings by its own names", () => {
    const { rename } = planOnestep({}, files, lying);
    expect(
      ["scenes[0].image.src", "scenes[0].audio", "scenes[0].subtitles.src", "watermark.src", "title"].map(
        rename,
      ),
    ).toEqual(["input_image", "input_audio", "subtitle", "watermark", "title"]);
  });
});

test.for([
  ["film.mp4", "film.mp4"],
  ["../../etc/passwd", "passwd.mp4"],
  ["C:\\films\\a.MP4", "a.mp4"],
  ["...mp4", "output.mp4"],
  [".hidden", "hidden.mp4"],
  ['a"\r\nX-Evil: 1.mp4', "a___X-Evil_ 1.mp4"],
  ["\u202egnp.mp4", "_gnp.mp4"],
  ["在江边.mp4", "在江边.mp4"],
  ["x".repeat(500), `${"x".repeat(60)}.mp4`],
  [7, "output.mp4"],
] as const)("the name %j is saved as %s", ([name, expected]) => {
  expect(safeFileName(name)).toBe(expected);
});

describe("GPU operations", () => {
  test("are productions", () => {
    const url = "https://a.example/x";
    const plan = (input: object) => planOperation(parseOperation(input, "input"), "input", null, {});
    for (const input of [
      { operation: "caption", url_video: url, url_srt: url, something: "else" },
      { operation: "addaudio", url_video: url, url_audio: url },
      { operation: "img2vid", images: [{ id: 1, image_url: url, duracao: 2.5 }] },
    ]) {
      expect(parsed(plan(input).document).output.deliver).toBe("scenes");
    }
    const images = plan({ operation: "img2vid", images: [{ id: 1, image_url: url, duracao: 2.5 }] });
    expect(parsed(images.document).output.fps).toEqual({ num: 24, den: 1 });
    expect(images.facts.videos).toEqual([{ id: "1", sceneId: "video_1", filename: "video_1.mp4" }]);
    expect(images.rename("scenes[0].image.src")).toBe("input.images[0].image_url");
    expect(images.rename("output.fps")).toBe("input.frame_rate");
  });

  test("of 300 pictures are one production in their order", () => {
    const images = Array.from({ length: 300 }, (_, n) => ({
      id: `${n}`,
      image_url: "https://a.example/x",
      duracao: 3,
    }));
    const { facts, document } = planOperation(
      parseOperation({ operation: "img2vid", images }, ""),
      "",
      null,
      {},
    );
    expect(facts.videos.map(({ id }) => Number(id))).toEqual(images.map((_, n) => n));
    expect(parsed(document).scenes).toHaveLength(300);
  });
});

test("a scene without numbers stands still", () => {
  const { document } = planScene({
    sceneIndex: 0,
    imageUrl: "https://a.example/x",
    duration: 8,
    output: { width: 1920, height: 1080, fps: 29.97 },
  });
  const { scenes, output } = parsed(document);
  expect(scenes[0]?.motion).toMatchObject({ effect: "none" });
  expect(output.fps).toEqual({ num: 30_000, den: 1001 });
});

describe("a picture's shape", () => {
  const png = Buffer.alloc(32);
  png.write("\x89PNG", 0, "latin1");
  png.writeUInt32BE(640, 16);
  png.writeUInt32BE(480, 20);

  /** A JPEG's beginning: EXIF with an orientation, then the frame's size. */
  function jpeg(orientation: number, endian: "II" | "MM"): Buffer {
    const tiff = Buffer.alloc(26);
    tiff.write(endian, 0);
    const word = (value: number, at: number) =>
      endian === "II" ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
    word(42, 2);
    if (endian === "II") tiff.writeUInt32LE(8, 4);
    else tiff.writeUInt32BE(8, 4);
    word(1, 8);
    word(0x0112, 10);
    word(3, 12);
    word(orientation, 18);
    const exif = Buffer.concat([Buffer.from("Exif\0\0"), tiff]);
    const app1 = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
    const table = Buffer.from([0xff, 0xc4, 0, 4, 9, 9]);
    const frame = Buffer.from([0xff, 0xc2, 0, 17, 8, 0x01, 0xe0, 0x02, 0x80, 3]);
    return Buffer.concat([Buffer.from([0xff, 0xd8]), app1, exif, table, Buffer.from([0xff]), frame]);
  }

  test("is read from PNG and JPEG, turned as it is shown", () => {
    expect(pictureShape(png)).toEqual({ width: 640, height: 480 });
    for (const endian of ["II", "MM"] as const) {
      expect(pictureShape(jpeg(1, endian))).toEqual({ width: 640, height: 480 });
      expect(pictureShape(jpeg(6, endian))).toEqual({ width: 480, height: 640 });
    }
  });

  test("is read from what encoders write", async () => {
    const picture = sharp({ create: { width: 48, height: 80, channels: 4, background: "#12345680" } });
    for (const bytes of [
      await picture.clone().png().toBuffer(),
      await picture.clone().jpeg().toBuffer(),
      await picture.clone().webp().toBuffer(),
      await picture.clone().removeAlpha().webp().toBuffer(),
      await picture.clone().webp({ lossless: true }).toBuffer(),
      await picture.clone().avif().toBuffer(),
    ]) {
      expect(pictureShape(bytes)).toEqual({ width: 48, height: 80 });
    }
    const turned = await picture.clone().jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(pictureShape(turned)).toEqual({ width: 80, height: 48 });
  });

  test("is unknown of what is cut off, empty or something else", () => {
    for (const bytes of [png, jpeg(6, "II")]) {
      for (let end = 0; end < 20; end += 1) expect(pictureShape(bytes.subarray(0, end))).toBeNull();
    }
    expect(pictureShape(Buffer.from("#EXTM3U\nfile:///etc/passwd\n................"))).toBeNull();
    expect(pictureShape(Buffer.alloc(64))).toBeNull();
  });
});

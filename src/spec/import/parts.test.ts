import { describe, expect, it } from "vitest";
import { fileNameOf, findAsset } from "./assets.ts";
import { DocumentNode } from "./document-node.ts";
import { PathOrigins } from "./path-origins.ts";
import { substitute } from "./substitute.ts";
import { readColor, readGain } from "./values.ts";

describe("fileNameOf", () => {
  it.each([
    ["https://x.example/a/b.jpg?v=2#t", "b.jpg"],
    ["https://x.example/a%20b.jpg", "a b.jpg"],
    ["https://x.example/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "passwd"],
    ["https://x.example/a%5C..%5Cb.png", "b.png"],
    ["https://x.example/a%00b%0A.png", "a_b_.png"],
    ["https://x.example/50%.png", "50%.png"],
    ["file:///etc/passwd", "passwd"],
    ["https://x.example/%2e%2e", null],
    ["https://x.example/a/%2F..", null],
    ["https://x.example", null],
    ["data:image/png;base64,AA", null],
    ["http://", null],
  ])("%s -> %s", (url, name) => expect(fileNameOf(url)).toBe(name));
});

describe("findAsset", () => {
  const folder = (...names: string[]) => ({ path: "assets", names });
  it("takes the file of the name, whatever its case", () => {
    expect(findAsset(folder("a.JPG", "b.png"), "A.jpg")).toBe("a.JPG");
    expect(findAsset(folder("a.jpg"), "c.jpg")).toBeNull();
  });
  it("a name without an extension takes the only file that could be meant", () => {
    expect(findAsset(folder("200.jpg"), "200")).toBe("200.jpg");
    expect(findAsset(folder("200.jpg", "200.png"), "200")).toBeNull();
  });
});

describe("DocumentNode", () => {
  const left = (value: unknown, read: (node: DocumentNode) => void) => {
    const node = new DocumentNode(value);
    read(node);
    return node.leftovers().map(({ path, misfit }) => (misfit ? `${path}!` : path));
  };

  it("lists what nobody read, the outermost place of it", () => {
    const value = { a: 1, b: { c: 1, d: { e: 1 } }, f: null, g: [{ h: 1 }, { i: 1 }] };
    expect(
      left(value, (node) => {
        node.get("a").number();
        node.get("b").get("c").number();
        node.get("g").items()[1]?.get("i").number();
      }),
    ).toEqual(["b.d", "g[0]"]);
  });

  it("what was looked at and was something else is listed as such", () => {
    expect(left({ a: "x", b: true }, (node) => [node.get("a").number(), node.get("b").text()])).toEqual([
      "a!",
      "b!",
    ]);
  });

  it("what was used is not, nor what is no own key", () => {
    expect(left({ a: { b: 1 } }, (node) => node.get("a").use())).toEqual([]);
    expect(new DocumentNode({}).get("constructor").isStated).toBe(false);
  });

  it("null counts as not stated, text as the number it holds", () => {
    expect(new DocumentNode(null).isStated).toBe(false);
    expect(new DocumentNode(" 2.5 ").number()).toBe(2.5);
    expect(new DocumentNode("").number()).toBeNull();
  });
});

describe("PathOrigins", () => {
  const origins = new PathOrigins();
  origins.set("scenes[1]", "clips[2]");
  origins.set("scenes[1].image.src", "clips[2].src");

  it("finds the nearest place", () => {
    expect(origins.locate("scenes[1].image.src")).toBe("clips[2].src");
    expect(origins.locate("scenes[1].image.fit")).toBe("clips[2]");
    expect(origins.locate("scenes[10].image")).toBeNull();
    expect(origins.locate("$")).toBeNull();
  });

  it("tells both places", () => {
    expect(origins.translate({ path: "scenes[1].duration", message: "Bad." })).toEqual({
      path: "clips[2]",
      message: "Bad. In the production: scenes[1].duration.",
    });
    expect(origins.translate({ message: "Bad." })).toEqual({ message: "Bad." });
  });
});

describe("substitute", () => {
  const scope = new Map<string, unknown>([
    ["A", 5],
    ["B", "x {{A}}"],
  ]);
  it("keeps a value's kind when it stands alone and does not search values again", () => {
    const { value, unresolved } = substitute({ a: "{{ A }}", b: ["n {{A}} {{B}}"], c: "{{C}}" }, scope);
    expect(value).toEqual({ a: 5, b: ["n 5 x {{A}}"], c: "{{C}}" });
    expect(unresolved).toEqual([{ path: "c", name: "C" }]);
  });
  it("does not grow without bound", () => {
    const big = new Map([["A", "x".repeat(1_000_000)]]);
    const { value, tooLarge } = substitute(Array(100).fill("{{A}}"), big);
    expect(tooLarge).toBe(true);
    expect((value as string[]).filter((text) => text.length > 10).length).toBeLessThan(20);
  });
});

describe("values", () => {
  it.each([
    ["#FC0", false, "#ffcc00"],
    ["#11223344", false, "#112233"],
    ["#80112233", true, "#112233"],
    ["Red", false, "#ff0000"],
    ["constructor", false, null],
    ["rgba(0,0,0,0.5)", false, null],
  ])("colour %s", (text, alphaFirst, color) => expect(readColor(text, alphaFirst)).toBe(color));
  it.each([
    [0.5, 0.5],
    ["0.5", 0.5],
    ["+20dB", 10],
    ["-20 dB", 0.1],
    ["", null],
    ["loud", null],
    [-1, null],
    [Number.NaN, null],
  ])("gain %s", (value, gain) => expect(readGain(value)).toBe(gain));
});

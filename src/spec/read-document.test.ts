import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findDuplicateKeys, lineAndColumn } from "./duplicate-keys.ts";
import type { DocumentFormat } from "./read-document.ts";
import { readDocument } from "./read-document.ts";

const findings = (text: string, format: DocumentFormat) =>
  readDocument(text, format, "f").issues.map(({ code, path }) => [code, path]);

describe("readDocument", () => {
  it.each<[DocumentFormat, string]>([
    ["json", '{"a": [1, {"b": "c"}]}'],
    ["json", '{\n  // a note\n  "a": [1, {"b": "c"}],\n}'],
    ["json5", "{a: [1, {b: 'c'},],}"],
    ["yaml", "a:\n  - 1\n  - b: c\n"],
    ["yaml", "a: [1, {b: c}]\r\n"],
    ["yaml", "x: &x {b: c}\na: [1, *x]\n"],
  ])("reads %s: %j", (format, text) => {
    const { value, issues } = readDocument(text, format, "f");
    expect(issues).toEqual([]);
    expect(value).toMatchObject({ a: [1, { b: "c" }] });
  });

  it.each<[DocumentFormat, string, string[][]]>([
    ["json", '{\n  "a": 1\n  "b": 2\n}', [["SYNTAX", "f:3:3"]]],
    ["json", '{"a": ', [["SYNTAX", "f:1:7"]]],
    ["json", "nonsense", [["SYNTAX", "f:1:2"]]],
    ["json5", "{a: 1,\n b: }", [["SYNTAX", "f:2:5"]]],
    ["json", '{"a": 1,\n "b": {"a": 1},\n "\\u0061": 2}', [["KEY_DUPLICATE", "f:3:2"]]],
    ["json5", "{a: 1, /* a: 2 */ b: ['a', 'a', {a: 1}], 'a': 3}", [["KEY_DUPLICATE", "f:1:42"]]],
    ["yaml", "a: 1\nb: 2\na: 3\n", [["KEY_DUPLICATE", "f:3:1"]]],
    [
      "yaml",
      "s:\n  - a: 1\n    a: 1\n  - {b: 1, b: 2}\n",
      [
        ["KEY_DUPLICATE", "f:3:5"],
        ["KEY_DUPLICATE", "f:4:12"],
      ],
    ],
    ["yaml", "a: 1\nb: c: d\n", [["SYNTAX", "f:2:4"]]],
    ["yaml", "a: 1\n---\nb: 2\n", [["SYNTAX", "f:2:1"]]],
    ["yaml", "a: [1,\n", [["SYNTAX", "f:2:1"]]],
  ])("refuses %s: %j", (format, text, expected) => {
    expect(findings(text, format).slice(0, expected.length)).toEqual(expected);
  });

  it.each([
    ["title: Bread: a film\n", "in quotes"],
    ["scenes: [{image: a: b}]\n", "in quotes"],
    ["title: @home\n", "in quotes"],
    ["title: 'it's'\n", "single quote twice"],
    ["scenes:\n\t- image: a\n", "spaces"],
    ["scenes:\n  - image: a\n     audio: b\n", "indentation"],
    ["scenes:\n  - image: a\n   audio: b\n", "indentation"],
    ["scenes:\n  - image: a\n audio: b\n", "indentation"],
    ["scenes:\n- image: a\n - image: c\n", "indentation"],
    ["title:x\nscenes: []\n", "a space after it"],
    ["title: [a, b\nc: 1", "bracket"],
    ['a: "x\nb: 1\n', "Close the quotes"],
    ["a: 1\n---\nb: 2\n", "one production"],
  ])("says what to do about %j", (text, hint) => {
    expect(readDocument(text, "yaml", "f").issues[0]?.hint).toContain(hint);
  });

  it("refuses aliases that multiply", () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) =>
        `l${level + 1}: &l${level + 1} [${Array.from({ length: 9 }, () => `*l${level}`).join(", ")}]`,
    );
    expect(findings(`l0: &l0 [x, x]\n${levels.join("\n")}\n`, "yaml")).toEqual([["YAML_ALIASES", "f"]]);
  });

  it("refuses bottomless nesting in every format", () => {
    const open = "[".repeat(100_000);
    for (const format of ["json", "json5", "yaml"] as const)
      expect(findings(open, format)[0]?.[0]).toBe("SYNTAX");
    expect(findings(open + "]".repeat(100_000), "yaml")).toEqual([["SYNTAX", "f"]]);
    expect(findings("- ".repeat(100_000), "yaml")).toEqual([["SYNTAX", "f"]]);
  });

  it("reads wide maps and long strings", () => {
    const wide = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join("\n");
    expect(findings(wide, "yaml")).toEqual([]);
    expect(findings(JSON.stringify({ a: '\\"x'.repeat(1_000_000) }), "json")).toEqual([]);
  });

  it("lists no flood of mistakes", () => {
    expect(findings("a: 1\n".repeat(1000), "yaml").length).toBeLessThanOrEqual(20);
  });
});

describe("findDuplicateKeys", () => {
  it("finds none in what a serialiser wrote", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2), (json, indent) => {
        expect(findDuplicateKeys(JSON.stringify(JSON.parse(json), null, indent))).toEqual([]);
      }),
    );
  });

  it("finds any key written again", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, noNullPrototype: true }),
        (object) => {
          const [key = ""] = Object.keys(object);
          const text = `${JSON.stringify(object).slice(0, -1)}, ${JSON.stringify(key)}: 0}`;
          expect(findDuplicateKeys(text)).toEqual([{ key, offset: text.lastIndexOf(JSON.stringify(key)) }]);
        },
      ),
    );
  });
});

it("counts lines and columns from 1, whatever ends a line", () => {
  expect(lineAndColumn("a\r\nbc\rd\ne", 0)).toEqual({ line: 1, column: 1 });
  expect(lineAndColumn("a\r\nbc\rd\ne", 4)).toEqual({ line: 2, column: 2 });
  expect(lineAndColumn("a\r\nbc\rd\ne", 8)).toEqual({ line: 4, column: 1 });
});

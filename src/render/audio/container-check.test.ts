import { describe, expect, it } from "vitest";
import { sine, wavFile } from "../../../test/fixtures/wav.ts";
import {
  isMislabelled,
  looksLikePlaylist,
  oggEnding,
  wavHeaderFault,
  wavMissingBytes,
} from "./container-check.ts";

function oggPage(flags: number, sizes: number[]): Buffer {
  const header = Buffer.alloc(27 + sizes.length);
  header.write("OggS", 0, "latin1");
  header[5] = flags;
  header[26] = sizes.length;
  header.set(sizes, 27);
  return Buffer.concat([
    header,
    Buffer.alloc(
      sizes.reduce((sum, size) => sum + size, 0),
      7,
    ),
  ]);
}

describe("looksLikePlaylist", () => {
  it.each([
    "#EXTM3U\n#EXTINF:1,\nx.ts",
    "\ufeff#extm3u\n",
    "\n\n ffconcat version 1.0\nfile a.wav",
    "file '/etc/passwd'\n",
    "<?xml version='1.0'?><MPD/>",
    "[playlist]\nFile1=x",
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1",
    "http://169.254.169.254/",
  ])("refuses %j", (text) => expect(looksLikePlaylist(Buffer.from(text))).toBe(true));

  it("lets sound through", () => {
    expect(looksLikePlaylist(wavFile(sine(48_000, 1, 100, 440, 0.5)))).toBe(false);
    expect(looksLikePlaylist(Buffer.from("ID3\x04\0\0"))).toBe(false);
    expect(looksLikePlaylist(Buffer.alloc(0))).toBe(false);
  });
});

describe("wavMissingBytes", () => {
  const file = wavFile(sine(48_000, 1, 1_000, 440, 0.5));

  it("counts what a cut file lacks", () => {
    expect(wavMissingBytes(file, file.length)).toBe(0);
    expect(wavMissingBytes(file, file.length - 300)).toBe(300);
  });

  it("knows a header written to a pipe", () => {
    for (const statedBytes of [0, 0xffffffff, 0x7fffffff - 36]) {
      expect(wavMissingBytes(wavFile(sine(48_000, 1, 10, 440, 0.5), { statedBytes }), 64)).toBe("unstated");
    }
  });

  it("says nothing about other files", () =>
    expect(wavMissingBytes(Buffer.from("fLaC....whatever"), 16)).toBeNull());
});

describe("wavHeaderFault", () => {
  const header = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = wavFile(sine(48_000, 2, 100, 440, 0.5));
    change(bytes);
    return bytes;
  };

  it.each<[string, (bytes: Buffer) => void, RegExp]>([
    ["1 bit a sample", (bytes) => bytes.writeUInt16LE(1, 34), /1 bits/],
    ["no bits", (bytes) => bytes.writeUInt16LE(0, 34), /0 bits/],
    ["no bytes", (bytes) => bytes.writeUInt16LE(0, 32), /0 bytes/],
    ["too few bytes", (bytes) => bytes.writeUInt16LE(2, 32), /2 bytes for 2 channels of 16 bits/],
    ["no channels", (bytes) => bytes.writeUInt16LE(0, 22), /no channels/],
    ["no rate", (bytes) => bytes.writeUInt32LE(0, 24), /rate of 0/],
    ["no description", (bytes) => bytes.write("junk", 12, "latin1"), /does not describe/],
  ])("refuses %s", (_, change, fault) => expect(wavHeaderFault(header(change))).toMatch(fault));

  it("lets pass what is sound, and what is something else", () => {
    expect(wavHeaderFault(header(() => {}))).toBeNull();
    expect(wavHeaderFault(wavFile(sine(8_000, 1, 10, 440, 0.5), { float: true }))).toBeNull();
    // 20 bits in 3 bytes.
    const wide = (bytes: Buffer): void => {
      bytes.writeUInt16LE(20, 34);
      bytes.writeUInt16LE(6, 32);
    };
    expect(wavHeaderFault(header(wide))).toBeNull();
    // MP3 in a WAV file states neither.
    expect(wavHeaderFault(header((bytes) => bytes.fill(0, 32, 36).writeUInt16LE(0x55, 20)))).toBeNull();
    expect(wavHeaderFault(Buffer.from("fLaC....whatever"))).toBeNull();
    expect(wavHeaderFault(Buffer.from("RIFF0000WAVE"))).toBeNull();
  });
});

describe("oggEnding", () => {
  const body = Buffer.concat([oggPage(2, [30]), oggPage(0, [255, 255, 40])]);
  const whole = Buffer.concat([body, oggPage(4, [255, 9])]);

  it("tells complete, open and cut files apart", () => {
    expect(oggEnding(whole)).toBe("complete");
    expect(oggEnding(body)).toBe("open");
    expect(oggEnding(whole.subarray(0, -1))).toBe("cut");
    expect(oggEnding(whole.subarray(0, body.length + 6))).toBe("cut");
  });
});

describe("isMislabelled", () => {
  it("compares the extension with the content", () => {
    expect(isMislabelled("a/voice.mp3", "wav")).toBe(true);
    expect(isMislabelled("a/voice.WAV", "wav")).toBe(false);
    expect(isMislabelled("a/voice.m4a", "mov,mp4,m4a,3gp,3g2,mj2")).toBe(false);
    expect(isMislabelled("a/3f9c", "wav")).toBe(false);
    expect(isMislabelled("a/voice.bin", "wav")).toBe(false);
  });
});
